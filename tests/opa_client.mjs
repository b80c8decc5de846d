// Asks as the client of the Open Policy Agent for npm does; prints what it was told, as JSON.
import { OPAClient } from "@open-policy-agent/opa";
import { OpaApiClient } from "@open-policy-agent/opa/sdk/index.js";

const { url, nearlyFull, full, busy, token, input, refused } = JSON.parse(process.argv[2]);
const opa = new OPAClient(url, { headers: { Authorization: `Bearer ${token}` } });
const low = new OpaApiClient({ serverURL: url, bearerAuth: token });
const path = "handoff/handoff/action";

const failure = (asked) => asked.then(() => null, (error) => `${error.name}: ${error.message}`);

async function askedLow() {
  const requestBody = { input };
  const words = { metrics: true, pretty: true, provenance: true, instrument: true };
  const told = await low.executePolicyWithInput({ path, requestBody, ...words });
  const { decisionId, metrics, provenance, result } = told.successfulPolicyResponse;
  const revision = provenance.bundles.handoff.revision;
  return { decisionId, metrics: Object.keys(metrics).sort(), result, revision };
}

console.log(
  JSON.stringify({
    outcome: await opa.evaluate("handoff/handoff", input),
    field: await opa.evaluate(path, input),
    converted: await opa.evaluate("handoff", input, { fromResult: (it) => it.handoff.escalate }),
    unset: (await opa.evaluate("handoff/handoff/reply", refused)) === undefined,
    nowhere: (await opa.evaluate("nobody", input)) === undefined,
    refused: await opa.evaluate(path, refused),
    without: await opa.evaluate(path),
    default: await opa.evaluateDefault(input),
    batch: await opa.evaluateBatch(path, { a: input, b: refused }),
    mixed: await new OPAClient(nearlyFull).evaluateBatch(path, { a: input, b: input }),
    failed: await new OPAClient(full).evaluateBatch(path, { b: input }).catch((it) => it.responses),
    busy: await failure(new OPAClient(busy).evaluateBatch(path, { a: input })),
    large: await failure(opa.evaluate(path, { message: "x".repeat(20_000) })),
    stranger: await failure(new OPAClient(url).evaluate(path, input)),
    healthy: (await low.health()).healthyServer,
    low: await askedLow(),
  }),
);
