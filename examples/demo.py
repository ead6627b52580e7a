"""The main job on real input: hold configure requests against the rules before any of them is sent.

    python examples/demo.py [FILE]

FILE is a JSON list of requests with the API's own parameter names; by default the one beside this program.
"""

import json
import sys
from pathlib import Path

from hoiio_numbers import check_mapping


def main() -> None:
    """Check every request of the file, and say of each what would happen and what to do instead."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("requests.json")
    reports = [(request, check_mapping(request)) for request in json.loads(file.read_text(encoding="utf-8"))]
    for request, report in reports:
        print(f"\n{json.dumps(request, ensure_ascii=False)}")
        print(f"  {'accepted' if report else 'refused'}: {report.number or '-'} ({report.country or '-'})")
        for violation in report.violations:
            print(f"  {violation.severity} {violation.code}: {violation}")
            print(f"    {violation.hint}")
            if violation.source:
                print(f"    {violation.source.file}:{violation.source.line}: {violation.source.text}")
    refused = sum(not report for _, report in reports)
    print(f"\n{len(reports)} requests checked, {refused} of them refused. Nothing was sent.")


if __name__ == "__main__":
    main()
