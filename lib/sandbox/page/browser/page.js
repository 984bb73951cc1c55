// Records of the audit log hold what attackers choose, so all text goes into text nodes; the policy of the page enforces it.

/** Records in the log at most; older ones go. */
const MOST_RECORDS = 200;
/** A reader that is told of every record cannot read anything else. */
const NEWS_MILLISECONDS = 5000;
const RECONNECT_MILLISECONDS = 2000;

const byId = (id) => document.getElementById(id);
const form = byId('form');
const fields = ['tenant', 'token', 'permissions', 'operation', 'owner', 'key', 'value', 'role', 'table', 'bucket'];
const state = {
  settings: undefined,
  run: undefined,
  total: 0,
  denied: 0,
  heardOf: 0,
  quietUntil: 0,
  busy: false,
  asking: undefined,
};

/** An element with a class and children, text or elements. */
function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** Text in which characters that cannot be seen, or that turn the line around, are written out. */
function visible(text) {
  return String(text).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (each) =>
    each === '\n' || each === '\t' ? each : `\\u{${each.codePointAt(0).toString(16)}}`,
  );
}

function code(text) {
  return make('code', '', visible(text));
}

// Settings

async function loadSettings() {
  const response = await fetch('settings');
  if (!response.ok) throw new Error(`settings: ${response.status}`);
  const settings = await response.json();
  const first = state.settings === undefined;
  state.settings = settings;
  const stores = settings.upstreams.length === 0 ? 'embedded' : settings.upstreams.join(', ');
  const place = { Endpoint: settings.endpoint, Region: settings.region, Account: settings.account, Stores: stores };
  place[settings.issuers.length === 1 ? 'Issuer' : 'Issuers'] = settings.issuers.join(', ');
  place.Audience = settings.audience;
  byId('place').replaceChildren(...pairs(place));
  for (const name of ['tenants', 'roles', 'tables', 'buckets']) {
    byId(name).replaceChildren(...settings[name].map((value) => option(value)));
  }
  if (!first) {
    await askPermissions();
    return;
  }
  byId('token').replaceChildren(...settings.tokens.map(({ name, label }) => option(name, label)));
  byId('operation').replaceChildren(...groups(settings.operations));
  const [tenant, other] = settings.tenants;
  const [role = '', table = '', bucket = ''] = [settings.roles[0], settings.tables[0], settings.buckets[0]];
  fill({ tenant, token: 'valid', operation: 'get-item', owner: other, key: 'order#1', value: 'hello', role, table, bucket });
  // Examples choose among them.
  await askPermissions();
  byId('examples').replaceChildren(...settings.examples.map(exampleOf));
}

function pairs(entries) {
  return Object.entries(entries).map(([name, value]) => make('div', '', make('dt', '', name), make('dd', '', code(value))));
}

function option(value, label = value) {
  const element = make('option', '', label);
  element.value = value;
  return element;
}

function groups(operations) {
  return [...new Set(operations.map(({ group }) => group))].map((group) => {
    const element = make(
      'optgroup',
      '',
      ...operations.filter((each) => each.group === group).map((each) => option(each.name, each.label)),
    );
    element.label = group;
    return element;
  });
}

function exampleOf({ label, values }) {
  const button = make('button', '', visible(label));
  button.type = 'button';
  button.addEventListener('click', () => {
    fill(values);
    send();
  });
  return make('li', '', button);
}

// The form

function fill(values) {
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  adapt();
}

/** Offers permissions where the policies of the role ask for them. What was chosen stays, if it is still there. */
async function askPermissions() {
  const role = form.elements.role.value;
  const asking = fetch(`permissions?role=${encodeURIComponent(role)}`)
    .then((response) => response.json())
    .catch(() => ({ choices: [] }));
  state.asking = asking;
  const { choices } = await asking;
  // Another role was named in the meantime.
  if (state.asking !== asking) return;
  const select = byId('permissions');
  const { value: chosen, options } = select;
  const wasOffered = options.length > 0;
  select.replaceChildren(...choices.map(({ value, label }) => option(value, visible(label))));
  select.closest('.field').hidden = choices.length === 0;
  if (wasOffered && choices.some(({ value }) => value === chosen)) select.value = chosen;
}

function operationNow() {
  return state.settings?.operations.find(({ name }) => name === form.elements.operation.value);
}

/** Shows the fields that the operation takes, and what will be asked for. */
function adapt() {
  const operation = operationNow();
  if (operation === undefined) return;
  for (const name of ['owner', 'key', 'value', 'table', 'bucket']) {
    byId(name).closest('.field').hidden = !operation.fields.includes(name);
  }
  const isList = operation.name === 'list-objects';
  document.querySelector('label[for="key"]').textContent = isList ? 'Prefix' : 'Key';
  byId('target').replaceChildren(...targetOf(operation));
}

function targetOf({ group, name, fields: takes }) {
  const { owner, key, table, bucket } = Object.fromEntries(fields.map((each) => [each, form.elements[each].value]));
  if (group === 'Session') return ['Asks STS for a session only.'];
  if (group === 'Table') {
    const what =
      name === 'scan'
        ? ['all items']
        : takes.includes('key')
          ? ['item ', code(key), ' of ', code(owner)]
          : ['all items of ', code(owner)];
    return ['Asks for ', ...what, ' in table ', code(table), '.'];
  }
  const full = owner === '' ? key : `tenants/${owner}/${key}`;
  if (name !== 'list-objects') return ['Asks for object ', code(full), ' in bucket ', code(bucket), '.'];
  return ['Asks for ', ...(full === '' ? ['all keys'] : ['keys that begin with ', code(full)]), ' in bucket ', code(bucket), '.'];
}

function showErrors(errors) {
  for (const name of fields) {
    const input = form.elements[name];
    byId(`${name}-error`)?.remove();
    input.removeAttribute('aria-invalid');
    input.removeAttribute('aria-describedby');
    if (errors[name] === undefined) continue;
    const message = make('span', 'error', visible(errors[name]));
    message.id = `${name}-error`;
    input.after(message);
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', message.id);
  }
  byId('form-error').textContent = visible(errors.form ?? '');
  const wrong = form.querySelector('[aria-invalid]');
  if (wrong === null) return;
  const folded = wrong.closest('details');
  if (folded !== null) folded.open = true;
  wrong.focus();
}

async function send() {
  if (state.busy || state.settings === undefined) return;
  state.busy = true;
  byId('send').setAttribute('aria-disabled', 'true');
  try {
    await state.asking;
    const takes = operationNow()?.fields ?? [];
    const always = ['operation', 'tenant', 'token', 'role'];
    const asked = byId('permissions').closest('.field').hidden ? [] : ['permissions'];
    const attempt = Object.fromEntries([...always, ...asked, ...takes].map((name) => [name, form.elements[name].value]));
    const response = await fetch('try', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(attempt),
    });
    const answer = await response.json();
    showErrors(answer.errors ?? {});
    if (answer.steps !== undefined) {
      state.quietUntil = Date.now() + NEWS_MILLISECONDS;
      showTrial(answer);
      comeIntoSight(byId('decision-heading'));
    }
  } catch {
    showErrors({ form: 'The sandbox does not answer. Is it still running?' });
  } finally {
    state.busy = false;
    byId('send').removeAttribute('aria-disabled');
  }
}

/** On a narrow page the decision is far below the form. The focus stays where it is. */
function comeIntoSight(element) {
  const { top, bottom } = element.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) element.scrollIntoView();
}

// The decision

const WORDS = { allow: 'Allowed', deny: 'Denied', error: 'Failed' };
const classOf = (decision) => (decision === 'error' ? 'error-decision' : decision);

function showVerdict({ decision, operation, reason, caller }) {
  const words = [WORDS[decision] ?? decision, ': ', visible(whoOf(caller)), ', ', visible(operation)];
  const verdict = make('p', `verdict ${classOf(decision)}`, make('strong', '', ...words), make('span', '', visible(reason)));
  byId('verdict').replaceChildren(verdict);
}

function showTrial({ claims, steps }) {
  const last = steps.at(-1);
  showVerdict(last.record);
  const before = steps.slice(0, -1).map((step) => {
    const title = `${WORDS[step.record.decision] ?? ''}, status ${step.response.status}`;
    return [make('h3', '', `Before it: ${step.label}`), folded(title, ...tokenOf(claims, 'h4'), ...exchangeOf(step, 'h4'))];
  });
  const token = steps.length === 1 ? tokenOf(claims, 'h3') : [];
  byId('outcome').replaceChildren(...whyOf(last.explanations), ...token, ...exchangeOf(last, 'h3'), ...before.flat());
}

function tokenOf(claims, heading) {
  return [make(heading, '', 'Claims of the token'), make('pre', '', visible(jsonText(claims)))];
}

function exchangeOf({ request, response }, heading) {
  const lines = (headers) => Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
  const sent = [`${request.method} ${request.url}\n`, ...lines(request.headers), '\n', pretty(request.body)].join('');
  const got = [
    `Status ${response.status}\n`,
    ...lines(response.headers),
    '\n',
    pretty(response.body),
    response.cut ? '\n…' : '',
  ].join('');
  return [
    make(heading, '', 'Request'),
    make('pre', '', visible(sent.trimEnd())),
    make(heading, '', 'Answer'),
    make('pre', '', visible(got.trimEnd())),
  ];
}

/** JSON and XML, which come in one line, over several. */
function pretty(body) {
  if (body.startsWith('{')) {
    try {
      return jsonText(JSON.parse(body));
    } catch {
      return body;
    }
  }
  if (!body.startsWith('<')) return body;
  let depth = 0;
  return body.replace(/>\s*(?=<)/g, '>\n').replace(/^.*$/gm, (line) => {
    if (line.startsWith('</')) depth = Math.max(0, depth - 1);
    const indented = '  '.repeat(depth) + line;
    if (/^<\w[^>]*[^/]>$/.test(line) || /^<\w>$/.test(line)) depth += 1;
    return indented;
  });
}

function whyOf(explanations) {
  return explanations.flatMap((each) => {
    const verdict = each.effect === 'allow' ? 'allow' : 'deny';
    const asked = make('p', '', code(each.action), ' on ', code(each.resource));
    const summary = make('p', '', make('strong', verdict, `${WORDS[verdict]}. `), each.summary);
    const statements = make(
      'ul',
      'statements',
      ...each.statements.map((statement, index) => statementOf(statement, verdict, index === 0)),
    );
    const others =
      each.others > 0
        ? make('p', 'hint', `${each.others} further ${each.others === 1 ? 'statement' : 'statements'} looked at.`)
        : undefined;
    const context = Object.fromEntries(Object.entries(each.context).map(([key, values]) => [visible(key), values.join(', ')]));
    const keys = folded('Condition keys of the request', make('dl', 'keys', ...pairs(context)));
    return [make('h3', '', 'Why'), asked, summary, statements, others, keys].filter((part) => part !== undefined);
  });
}

function statementOf({ policy, sid, index, effect, decided, why, mark, document: text }, verdict, open) {
  const role = make('span', 'role-of', decided ? 'Decided by ' : 'Came near: ');
  const name = sid === undefined ? `statement ${index + 1}` : sid;
  const head = make('p', '', role, code(name), ` (${effect}) of `, code(policy));
  const json = text === undefined ? make('p', 'hint', 'The statement is not shown.') : folded('Statement', marked(text, mark));
  if (open && text !== undefined) json.open = true;
  return make('li', decided ? `decided ${verdict}` : '', head, make('p', '', visible(why)), json);
}

function folded(title, ...children) {
  return make('details', '', make('summary', '', title), ...children);
}

/** JSON over several lines; brackets around a single line stand in that line. */
function jsonText(value) {
  return JSON.stringify(value, null, 2).replace(/([[{])\n\s+([^\n]*[^\n,[{])\n\s+([\]}])/g, '$1$2$3');
}

/** JSON with the element that made the difference marked. */
function marked(value, path) {
  const text = jsonText(value);
  const [from, to] = spanOf(text, path);
  return make('pre', '', visible(text.slice(0, from)), make('mark', '', visible(text.slice(from, to))), visible(text.slice(to)));
}

/** Where a member stands in such text: its line and, if that opens a bracket, all to the one that closes it. */
function spanOf(text, path) {
  let span = [0, 0];
  let from = 0;
  for (const [depth, name] of path.entries()) {
    const indent = `\n${'  '.repeat(depth + 1)}`;
    const line = text.indexOf(`${indent}${JSON.stringify(name)}: `, from);
    if (line < 0) return span;
    from = line + indent.length;
    const end = text.indexOf('\n', from);
    const closing = [']', '}'].map((bracket) => text.indexOf(`${indent}${bracket}`, from)).filter((index) => index >= 0);
    span = [from, /[[{]$/.test(text.slice(from, end)) ? Math.min(...closing) + indent.length + 1 : end];
  }
  return span;
}

// The audit log

const waiting = [];

/** The tenant, if the caller has shown one, and other tags; a token that is not believed shows nothing. */
function whoOf({ kind, tags, arn }) {
  if (kind === 'session' || kind === 'token') {
    if (tags === undefined) return kind;
    const [tenant, ...others] = Object.values(tags);
    if (tenant === undefined) return `${kind} without a tenant`;
    return others.length === 0 ? tenant : `${tenant} (${others.join(', ')})`;
  }
  return arn === undefined ? kind : `${kind} ${arn}`;
}

/** What a request is about: the end of the first resource, and the key or prefix that was asked for. */
function subjectOf({ resources, checks }) {
  if (resources.length === 0) return '';
  const context = checks[0]?.context ?? {};
  const keys = context['dynamodb:LeadingKeys'];
  const prefix = context['s3:prefix'];
  const resource = resources[0].replace(/^(?:[^:]*:){5}/, '');
  return [resource, keys && `key ${keys.slice(0, 3).join(' ')}`, prefix && `prefix ${prefix.join()}`].filter(Boolean).join(', ');
}

function rowOf(record) {
  const refused = record.decision !== 'allow';
  const time = make('time', '', new Date(record.time).toLocaleTimeString([], { hour12: false }));
  time.dateTime = record.time;
  const decision = make('span', `decision-word ${classOf(record.decision)}`, WORDS[record.decision] ?? record.decision);
  const button = make('button', 'mono', visible(record.operation));
  button.type = 'button';
  button.addEventListener('click', () => showRecord(record.sequence));
  const who = make('span', 'who mono', visible(whoOf(record.caller)));
  const row = make(
    'li',
    refused ? 'new refused' : 'new',
    time,
    decision,
    button,
    who,
    make('span', 'reason', visible([subjectOf(record), record.reason].filter(Boolean).join(': '))),
  );
  row.addEventListener('animationend', () => row.classList.remove('new'));
  return row;
}

function take(record) {
  if (waiting.push(record) > MOST_RECORDS) waiting.shift();
  state.total += 1;
  if (record.decision !== 'allow') state.denied += 1;
  if (waiting.length === 1) requestAnimationFrame(showWaiting);
}

function showWaiting() {
  const list = byId('records');
  list.prepend(...waiting.splice(0).map(rowOf).reverse());
  while (list.childElementCount > MOST_RECORDS) list.lastElementChild.remove();
  const { total, denied } = state;
  byId('count').textContent = `${total} ${total === 1 ? 'record' : 'records'}, ${denied} not allowed`;
}

/** Tells now and then how many records came, but not right after a verdict, which told it already. */
setInterval(() => {
  const news = state.total - state.heardOf;
  state.heardOf = state.total;
  if (news > 0 && Date.now() > state.quietUntil) byId('news').textContent = `${news} new ${news === 1 ? 'record' : 'records'}`;
}, NEWS_MILLISECONDS);

function factsOf({ time, caller, status, errorCode, requestId, milliseconds }) {
  const tags = Object.entries(caller.tags ?? {}).map(([key, value]) => `${key} = ${value}`);
  const facts = {
    Time: time,
    Caller: caller.arn ?? caller.kind,
    Tags: tags.join(', '),
    Status: `${status} ${errorCode ?? ''}`,
    'Request id': requestId,
    Took: `${milliseconds.toFixed(1)} ms`,
  };
  return make('dl', 'keys', ...pairs(Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== ''))));
}

async function showRecord(sequence) {
  try {
    const response = await fetch(`audit/explanation?record=${sequence}`);
    const answer = await response.json();
    if (response.ok) {
      showVerdict(answer.record);
      byId('outcome').replaceChildren(...whyOf(answer.explanations), make('h3', '', 'Record'), factsOf(answer.record));
    } else {
      byId('verdict').replaceChildren(make('p', 'hint', visible(answer.message)));
      byId('outcome').replaceChildren();
    }
  } catch {
    byId('verdict').replaceChildren(make('p', 'error', 'The sandbox does not answer.'));
    byId('outcome').replaceChildren();
  }
  byId('decision-heading').focus();
}

// The connection

function showConnection(text, className) {
  byId('connection').textContent = text;
  byId('connection').className = className;
}

/** Another run of the sandbox: its log begins anew. */
async function begin(run) {
  if (run !== state.run) {
    Object.assign(state, { run, total: 0, denied: 0, heardOf: 0 });
    waiting.length = 0;
    byId('records').replaceChildren();
    await loadSettings();
  }
  showConnection('Connected', 'on');
}

function connect() {
  const stream = new EventSource('audit/stream');
  const lost = () => {
    showConnection('The sandbox does not answer. Trying again…', 'off');
    // The browser tries again by itself, unless the answer was none that it takes for a stream.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT_MILLISECONDS);
  };
  stream.addEventListener('run', ({ data }) => {
    begin(JSON.parse(data)).catch(() => {
      state.run = undefined;
      stream.close();
      lost();
    });
  });
  stream.addEventListener('message', ({ data }) => take(JSON.parse(data)));
  stream.addEventListener('skipped', ({ data }) => (state.total += Number(data)));
  stream.addEventListener('error', lost);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  send();
});
form.addEventListener('input', adapt);
form.elements.role.addEventListener('change', askPermissions);
byId('denied-only').addEventListener('change', ({ target }) => byId('records').classList.toggle('denied-only', target.checked));
connect();
