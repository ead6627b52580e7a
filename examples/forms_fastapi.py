"""A FastAPI service that says which numbers can be configured how; its page is `/docs`.

    python examples/forms_fastapi.py [PORT]

Nothing is sent to the API.
"""

import sys
from typing import Annotated, Any

import uvicorn
from fastapi import Body, FastAPI, Form

from hoiio_numbers import InvalidRequestError, check_mapping
from hoiio_numbers.forms.pydantic import NumberConfig, problem_response

app = FastAPI(title="Configure a number", exception_handlers={InvalidRequestError: problem_response})


@app.post("/numbers")
def by_json(config: NumberConfig) -> dict[str, Any]:
    """Take a JSON body; what cannot work is answered with FastAPI's usual 422."""
    return {"number": config.number, "warnings": [it.to_dict() for it in config.warnings]}


@app.post("/numbers/form")
def by_form(config: Annotated[NumberConfig, Form()]) -> dict[str, Any]:
    """Take a page's form."""
    return by_json(config)


@app.post("/numbers/problems")
def by_problem(data: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
    """Take a JSON body; what cannot work is answered with problem details (RFC 9457)."""
    report = check_mapping(data)
    report.raise_for_errors()
    return report.to_dict()


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000)
