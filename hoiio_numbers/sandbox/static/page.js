// What the sandbox answers, shown. Nothing is decided here; and what is shown goes in as text, never as markup.

const PAUSE = 150; // milliseconds without a key before the form is checked
const PATIENCE = 20_000; // milliseconds until an answer is not waited for any longer
const EVERY = 2000; // milliseconds between two looks at what there is
const SERVICES = { voice: "voice", fax: "fax", sms: "SMS" };
const KINDS = { call: "Call", sms: "SMS", fax: "Fax", unknown: "No notification" };

const $ = (id) => document.getElementById(id);
const form = $("form");
let data = { countries: {}, durations: [] };

// -- elements ---------------------------------------------------------------------------------------------------------

/** An element with some properties or attributes, and children: strings become text. */
function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** Put other children into an element; what had the focus has it again, if it is still there. */
function fill(id, ...children) {
  const focused = document.activeElement?.id;
  $(id).replaceChildren(...children);
  if (focused && document.activeElement?.id !== focused) $(focused)?.focus();
}

/** Say something where a screen reader hears it. */
function say(id, text, isFine = true) {
  $(id).textContent = text;
  $(id).className = isFine ? "said" : "said wrong";
}

// -- asking -----------------------------------------------------------------------------------------------------------

/** What the sandbox answers; with a body it is a POST. */
async function ask(path, body) {
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`/page/${path}`, { ...(body && post), signal: AbortSignal.timeout(PATIENCE) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  $("trouble").hidden = true;
  return answer;
}

/** Do something that asks; where no answer comes, say so. */
async function attempt(what) {
  try {
    return await what();
  } catch (error) {
    $("trouble").textContent = reason(error);
    $("trouble").hidden = false;
  }
}

// What fetch() throws when nobody is there, and when nobody answers in time.
const isAway = (error) => error instanceof TypeError || error.name === "TimeoutError";
const reason = (error) => (isAway(error) ? "The sandbox does not answer. Is it still running?" : error.message);

/** Let a button do something, and not twice at a time: a second purchase would cost again. */
async function once(button, what) {
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  await attempt(what);
  button.ariaDisabled = "false";
}

const isFine = (answer) => answer.status === "success_ok";
const refusal = (answer) => `${answer.message} [${answer.status}]`;

// -- the form and its verdict -----------------------------------------------------------------------------------------

function typed() {
  const fields = new FormData(form);
  return { ...Object.fromEntries(fields), mode: fields.getAll("mode") };
}

function isBlank(request) {
  return Object.values(request).every((value) => !String(value).trim());
}

let latest = 0;
let waiting;

/** Check what is typed. An answer that comes after the next question is for nobody. */
async function check(request = typed()) {
  clearTimeout(waiting);
  const turn = ++latest;
  showAsked(request);
  try {
    const report = isBlank(request) ? null : await ask("check", request);
    if (turn === latest) showVerdict(report, request);
    return report;
  } catch (error) {
    if (turn === latest) showNone(error, request);
    throw error;
  }
}

function checkSoon() {
  clearTimeout(waiting);
  say("saved", "");
  waiting = setTimeout(() => attempt(() => check()), PAUSE);
}

const count = (items, what) => `${items.length} ${what}${items.length === 1 ? "" : "s"}`;

function showVerdict(report, request) {
  const found = report?.violations ?? [];
  const errors = found.filter((it) => it.severity === "error");
  const warnings = found.filter((it) => it.severity === "warning");
  const kind = !report ? "none" : !report.ok ? "refused" : warnings.length ? "warned" : "accepted";
  const counts = [errors.length && count(errors, "error"), warnings.length && count(warnings, "warning")].filter(Boolean);
  const title = { none: "Nothing to judge yet", refused: "Refused", warned: `Accepted, ${counts}`, accepted: "Accepted" }[kind];
  $("verdict").dataset.verdict = kind;
  $("verdict-title").textContent = title;
  $("about").textContent = report
    ? [report.number ?? "no usable number", nameOf(report.country), `by the data of ${report.on}`].filter(Boolean).join(" · ")
    : "Type a number, or pick a country, and say what it is to receive.";
  const heard = !report ? "" : [title, errors.length && counts.join(", "), found[0]?.message].filter(Boolean).join(": ");
  if ($("summary").textContent !== heard) $("summary").textContent = heard;
  $("summary").dataset.verdict = kind;
  $("examples").hidden = Boolean(report);
  form.querySelector(":focus")?.scrollIntoView({ block: "nearest" }); // on a phone not under the verdict in brief
  const rules = Object.fromEntries((report?.explanation ?? []).map((it) => [it.code, it]));
  fill("violations", ...found.map((it, place) => violation(it, rules[it.code], place)));
  fill("evidence", ...(report?.ok ? evidence(report.explanation) : []));
  fill("explanation", ...(report?.explanation ?? []).map(explained));
  $("explained").hidden = !report;
  markFields(found);
  showLacks(report?.country ?? request.country, request.state);
}

/** No answer came: what was said of an earlier text must not stand beside this one. */
function showNone(error, request) {
  showVerdict(null, request);
  $("verdict").dataset.verdict = isAway(error) ? "away" : "none";
  $("verdict-title").textContent = "Not judged";
  $("about").textContent = reason(error);
  $("examples").hidden = true;
}

function violation(it, rule, place) {
  return el(
    "li",
    { id: `violation-${place}`, className: it.severity },
    el("p", { className: "field-name" }, `${it.severity} `, it.field ? el("code", {}, it.field) : "in the whole request"),
    el("p", { className: "message" }, it.message),
    it.hint && el("p", { className: "hint" }, el("b", {}, "Instead "), it.hint),
    it.source && source(it.source),
    el("p", { className: "rule" }, el("code", {}, it.code), `: ${rule.description}`),
    it.server_status && el("p", { className: "rule" }, "The API may answer ", el("code", {}, it.server_status), "."),
  );
}

/** Lines of one file of the data as an editor shows them. */
function source(it, ...others) {
  return el(
    "figure",
    { className: "source" },
    el("figcaption", {}, el("span", {}, it.file), el("span", {}, it.as_of ? `as of ${it.as_of}` : "")),
    ...[it, ...others].map(({ line, text }) => el("pre", {}, el("span", { className: "line" }, String(line)), el("code", {}, text))),
    it.citation && el("p", {}, it.citation),
  );
}

/** The data lines behind an acceptance, each once. */
function evidence(explanation) {
  const lines = explanation.flatMap((it) => it.sources).toSorted((one, other) => one.line - other.line);
  const different = new Map(lines.map((it) => [`${it.file}:${it.line}`, it]));
  return [...Map.groupBy(different.values(), (it) => `${it.file} ${it.as_of}`).values()].map((some) => source(...some));
}

function explained(it) {
  const facts = Object.entries(it.facts).map(([name, value]) => `${name}: ${value}`);
  return el(
    "li",
    { "data-outcome": it.outcome },
    el("span", { className: "outcome" }, it.outcome),
    el("code", {}, it.code),
    el("p", {}, it.description),
    el("p", { className: "facts" }, facts.join(", ")),
  );
}

function markFields(found) {
  for (const name of ["number", "country", "state", "mode", "forward_to", "forward_sms_to"]) {
    const at = found.flatMap((it, place) => (it.field === name ? [`violation-${place}`] : []));
    const isWrong = found.some((it) => it.field === name && it.severity === "error");
    $(name).setAttribute("aria-describedby", at.join(" "));
    for (const input of name === "mode" ? $(name).querySelectorAll("input") : [$(name)]) input.ariaInvalid = String(isWrong);
  }
}

async function save() {
  const request = typed();
  const report = await check(request);
  if (!report?.ok) {
    $("verdict-title").focus();
    return say("saved", report ? "Not saved: it would be refused." : "Not saved: nothing is typed.", false);
  }
  const { forward_to, forward_sms_to, mode } = request; // what was checked, whatever is typed meanwhile
  const settings = { number: report.number, forward_to, forward_sms_to, mode: mode.join(",") };
  const answer = await ask("number/update_forwarding", settings);
  say("saved", isFine(answer) ? `Saved for ${report.number}.` : `Not saved: ${refusal(answer)}`, isFine(answer));
  await look();
}

// -- the countries ----------------------------------------------------------------------------------------------------

const nameOf = (code) => data.countries[code]?.name ?? code ?? "";
const current = (country) => country?.revisions?.find((revision) => revision.current);

/** What a place's numbers can receive by the data, or undefined where it says nothing. */
function services(code, state) {
  const revision = current(data.countries[code]);
  return revision?.subdivisions[state] ?? revision?.services;
}

const lacks = (able) => Object.keys(SERVICES).filter((service) => !able.includes(service));
const lackText = (able) => lacks(able).map((service) => `no ${SERVICES[service]}`).join(", ");

function showLacks(code, state) {
  const able = services(code, state);
  for (const note of document.querySelectorAll("[data-lack]")) {
    const isLacking = able && !able.includes(note.dataset.lack);
    note.textContent = isLacking ? `not in ${nameOf(code)}` : "";
  }
}

const listed = (words) => new Intl.ListFormat("en-GB").format(words);

/** Mark in the table what is asked for, and say who lacks it. */
function showAsked({ mode, forward_to, forward_sms_to }) {
  const asked = [...mode, ...(forward_to.trim() && !mode.length ? ["voice"] : []), ...(forward_sms_to.trim() ? ["sms"] : [])];
  for (const cell of $("matrix").querySelectorAll("[data-service]")) {
    cell.classList.toggle("asked", asked.includes(cell.dataset.service));
  }
  const lacking = Object.keys(data.countries).filter((code) => lacks(services(code) ?? []).some((it) => asked.includes(it)));
  const what = `Asked for: ${listed(asked.map((it) => SERVICES[it]))}.`;
  const lack = `${lacking.length > 1 ? "lack" : "lacks"} ${asked.length > 1 ? "some of it" : "it"}`;
  $("asked").textContent = !asked.length
    ? "Marked here as you type: what is asked for, and who lacks it."
    : `${what} ${lacking.length ? `${listed(lacking.map(nameOf))} ${lack}.` : "Every country has it."}`;
}

function options(select, first, entries) {
  const chosen = select.value;
  select.replaceChildren(...(first === null ? [] : [new Option(first, "")]), ...entries.map(([value, text]) => new Option(text, value)));
  if (entries.some(([value]) => value === chosen)) select.value = chosen;
}

function showStates(select, country, first) {
  const { states = {}, ...it } = data.countries[country] ?? {};
  const known = { ...states };
  for (const state of Object.keys(current(it)?.subdivisions ?? {})) known[state] ??= state;
  $(`${select.id}-field`).hidden = !Object.keys(known).length;
  options(select, first, Object.entries(known).map(([code, name]) => [code, name === code ? code : `${name} (${code})`]));
}

async function showCountries() {
  data = await ask("capabilities");
  const sold = Object.entries(data.countries).filter(([code]) => services(code));
  const named = sold.map(([code, it]) => [code, [`${it.name} (${code})`, lackText(services(code))].filter(Boolean).join(": ")]);
  options($("country"), "As the number says", named);
  options($("search-country"), null, named);
  showStates($("search-state"), $("search-country").value, null);
  options($("duration"), null, data.durations.map((it) => [it, durationText(it)]));
  const head = ["Country", ...Object.keys(SERVICES), "Calling code", "Since", "Who says so"];
  fill("matrix", el("thead", {}, el("tr", {}, ...head.map(heading))), el("tbody", {}, ...Object.entries(data.countries).flatMap(countryRows)));
}

function heading(name) {
  const service = SERVICES[name];
  return el("th", { scope: "col", ...(service && { "data-service": name, className: "mark-cell" }) }, service ?? name);
}

function countryRows([code, country]) {
  return country.revisions.filter((it) => it.current || it.from > data.on).flatMap((revision) => [
    row(country.name, code, country, revision, revision.services),
    ...Object.entries(revision.subdivisions).map(([state, able]) => row(country.states[state] ?? state, `${code}-${state}`, country, revision, able)),
  ]);
}

function row(name, code, country, revision, able) {
  const [since, className] = revision.current ? [revision.from, "number since"] : [`from ${revision.from}`, "number"];
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, name, " ", el("code", {}, code)),
    ...Object.keys(SERVICES).map((service) => mark(service, able.includes(service))),
    el("td", { className: "number" }, country.calling_code ? `+${country.calling_code}` : ""),
    el("td", { className }, since),
    el("td", { className: "citation" }, [revision.source, revision.limitations].filter(Boolean).join(" ")),
  );
}

function mark(service, isAble) {
  const shown = { "data-service": service, className: `mark-cell ${isAble ? "yes" : "no"}` };
  return el("td", shown, el("span", { className: "hidden" }, isAble ? "yes" : "no"));
}

// -- the numbers ------------------------------------------------------------------------------------------------------

let looks = 0;
let seen = "";

/** Look at what there is, and show it where it is not what was there before. */
async function look() {
  const turn = ++looks;
  const { now, ...state } = await ask("state");
  if (now.slice(0, 10) !== data.on) {
    await showCountries();
    await check(); // by the data of that day; at first, what the browser has kept in the fields
  }
  if (turn !== looks) return;
  $("today").textContent = now.slice(0, 10);
  if (JSON.stringify(state) === seen) return;
  seen = JSON.stringify(state);
  $("app-id").textContent = state.app_id;
  $("credit").textContent = `${state.credit} SGD`;
  fill("held", ...(state.numbers.length ? state.numbers.map(held) : [none("No number yet: find one, and subscribe to it.")]));
  options($("to"), state.numbers.length ? null : "no number yet", state.numbers.map((it) => [it.number, it.number]));
  $("newest").textContent = state.inbox.length ? heard(state.inbox.at(-1)) : "";
  fill("received", ...(state.inbox.length ? state.inbox.toReversed().map(received) : [none("Nothing yet.")]));
  fill("deliveries", ...(state.deliveries.length ? state.deliveries.toReversed().map(delivery) : [none("Nothing was sent yet.")]));
}

const none = (text) => el("li", { className: "none" }, text);
const place = (it) => [nameOf(it.country), it.state].filter(Boolean).join(", ");

function held(it) {
  const configure = el("button", { type: "button", className: "quiet", id: `configure ${it.number}`, onclick: () => edit(asSet(it)) }, "Configure");
  const clear = el("button", { type: "button", className: "quiet", id: `clear ${it.number}` }, "Clear");
  clear.onclick = () => once(clear, () => clearSettings(it.number));
  for (const button of [configure, clear]) button.ariaLabel = `${button.textContent} ${it.number}`;
  const extended = it.auto_extend_status === "enabled" ? ", then extended" : "";
  return el(
    "li",
    {},
    el("p", { className: "number big" }, it.number),
    el("p", {}, place(it), " ", ...it.capabilities.map((word) => el("span", { className: "tag" }, word))),
    el(
      "dl",
      {},
      el("dt", {}, it.mode === "fax" ? "Faxes" : "Calls"), setting(it.forward_to),
      el("dt", {}, "SMS"), setting(it.forward_sms_to),
      el("dt", {}, "Until"), el("dd", {}, it.expiry + extended),
    ),
    el("div", { className: "actions" }, configure, clear),
  );
}

const asSet = (it) => (it.forward_to ? it : { ...it, mode: "" }); // without a URL the mode says nothing
const setting = (url) => (url ? el("dd", { className: "url" }, url) : el("dd", { className: "none" }, "not set"));

/** Put a request into the form; a number of ours is one, with its settings. */
function edit({ mode = "", country = "", ...texts }) {
  $("country").value = country;
  showStates($("state"), country, "any");
  for (const name of ["number", "state", "forward_to", "forward_sms_to"]) $(name).value = texts[name] ?? "";
  for (const box of form.elements.mode) box.checked = mode.split(",").includes(box.value);
  $("number").focus({ preventScroll: true });
  $("check").scrollIntoView();
  attempt(() => check());
}

async function clearSettings(number) {
  const answer = await ask("number/update_forwarding", { number });
  say("changed", isFine(answer) ? `${number} announces nothing now.` : refusal(answer), isFine(answer));
  await look();
}

let searched = { pages: 0 };

async function search() {
  const asked = Object.fromEntries(new FormData($("search")));
  searched = { country: asked.country, state: asked.state ?? "", pages: 0 };
  fill("available");
  const rates = await ask("number/get_rates", { country: asked.country });
  const price = Object.fromEntries((rates.entries ?? []).map((it) => [it.duration, `, ${it.rate} ${rates.currency}`]));
  options($("duration"), null, data.durations.map((it) => [it, durationText(it) + (price[it] ?? "")]));
  await more();
}

const durationText = (it) => (/^\d+$/.test(it) ? `${it} month${it === "1" ? "" : "s"}` : it === "auto_extend" ? "month by month" : it);

async function more() {
  const wanted = { ...searched, page: String(++searched.pages) };
  const answer = await ask("number/get_choices", { country: wanted.country, state: wanted.state, page: wanted.page });
  const numbers = answer.entries ?? [];
  $("available").append(...numbers.map(choice));
  const shown = $("available").children.length;
  $("results").hidden = !shown;
  $("more").hidden = !isFine(answer) || !numbers.length || shown >= Number(answer.total_entries_count);
  say("found", isFine(answer) ? `${answer.total_entries_count} can be had.` : refusal(answer), isFine(answer));
}

function choice(it) {
  const button = el("button", { type: "button", className: "quiet", ariaLabel: `Subscribe to ${it.number}` }, "Subscribe");
  button.onclick = () => once(button, () => subscribe(it.number, button));
  const tags = it.capability.map((word) => el("span", { className: "tag" }, word));
  return el("li", {}, el("span", { className: "number" }, it.number), el("span", {}, ...tags), button);
}

async function subscribe(number, button) {
  const answer = await ask("number/subscribe", { number, duration: $("duration").value });
  if (!isFine(answer)) return say("found", refusal(answer), false);
  say("found", `${number} is yours until ${answer.expiry}; charged ${answer.debit} ${answer.currency}.`);
  const bought = button.closest("li");
  (bought.nextElementSibling ?? bought.previousElementSibling)?.querySelector("button").focus();
  bought.remove();
  await look();
}

// -- the inbox --------------------------------------------------------------------------------------------------------

async function send(kind) {
  const event = { ...Object.fromEntries(new FormData($("send"))), kind };
  const answer = await ask("sandbox/event", event);
  const outcomes = (answer.entries ?? []).map((it) => it.outcome).join(", ");
  say("sent", isFine(answer) ? `${KINDS[kind]} announced: ${outcomes}.` : refusal(answer), isFine(answer));
  await look();
}

const clock = (at) => at.slice(11, 19);
const time = (at) => el("time", { dateTime: at }, clock(at));

/** What a screen reader says of a notification that arrives: the whole list would be too much. */
const heard = ({ at, kind, parameters: { from = "", msg = "" } }) => `${KINDS[kind]} arrived at ${clock(at)} ${from} ${msg}`;

function received(it) {
  const { msg, from, to, ...others } = it.parameters;
  const rest = Object.entries(others).filter(([name]) => !["date", "txn_ref"].includes(name));
  return el(
    "li",
    {},
    el("p", { className: "arrival" }, el("b", {}, KINDS[it.kind]), el("code", {}, `inbox/${it.name}`), time(it.at)),
    to && el("p", { className: "number" }, `${from} → ${to}`),
    msg === undefined ? null : el("blockquote", {}, msg),
    el("dl", {}, ...rest.flatMap(([name, value]) => [el("dt", {}, name), el("dd", { className: "url" }, value)])),
  );
}

function delivery(it) {
  const isDone = it.outcome.startsWith("HTTP 2");
  return el(
    "li",
    { className: "delivery" },
    el("span", {}, el("b", {}, KINDS[it.kind]), " ", el("span", { className: "number" }, it.number)),
    time(it.at),
    el("span", { className: "url" }, it.url),
    el("span", { className: isDone ? "outcome yes" : "outcome no" }, it.outcome),
  );
}

// -- what is listened to ----------------------------------------------------------------------------------------------

form.addEventListener("input", checkSoon);
form.addEventListener("reset", () => setTimeout(() => (showStates($("state"), "", "any"), checkSoon()))); // when the fields are empty
form.addEventListener("submit", (event) => (event.preventDefault(), once(event.submitter, save)));
$("country").addEventListener("change", () => showStates($("state"), $("country").value, "any"));
$("search-country").addEventListener("change", () => showStates($("search-state"), $("search-country").value, null));
$("search").addEventListener("submit", (event) => (event.preventDefault(), once(event.submitter, search)));
$("more").addEventListener("click", () => once($("more"), more));
$("send").addEventListener("submit", (event) => (event.preventDefault(), once(event.submitter, () => send(event.submitter.value))));
for (const button of document.querySelectorAll("[data-inbox]")) {
  button.addEventListener("click", () => {
    $(button.dataset.inbox).value = `${location.origin}/page/inbox/${button.dataset.inbox === "forward_to" ? "calls" : "sms"}`;
    checkSoon();
  });
}

for (const button of $("examples").querySelectorAll("button")) button.addEventListener("click", () => edit(button.dataset));

async function keepLooking() {
  if (!document.hidden) await attempt(look);
  if ($("verdict").dataset.verdict === "away" && $("trouble").hidden) await attempt(() => check()); // it is there again
  setTimeout(keepLooking, EVERY);
}

await attempt(look);
setTimeout(keepLooking, EVERY);
