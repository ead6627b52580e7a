// Reads a list of [schema, bodies] as JSON; writes for each a line with 1 for a body that the schema takes, 0 for others.
const Ajv = require("ajv/dist/2020").default;

// Whatever ajv can complain of in a schema is an error here.
const strict = { strict: true, strictTypes: true, strictTuples: true, strictRequired: true };

for (const [schema, bodies] of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
  const takes = new Ajv(strict).compile(schema);
  console.log(bodies.map((body) => (takes(body) ? "1" : "0")).join(""));
}
