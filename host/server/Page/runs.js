"use strict";

// The tab that shows the runs in the server's folder, also while they train. Uses page.js.

const Interval = 2000; // milliseconds between two looks at the run
const MostPoints = 600; // of a line in a chart
const Width = 640, Height = 240, Margin = { left: 56, right: 8, top: 8, bottom: 24 };

let shown = null; // the run on the page: { name, state, next, figures }
let isLooking = false;

async function connectRuns() {
  try {
    await listRuns();
    byId("tab-runs").hidden = false;
  } catch (failure) {
    // A server without a folder of runs has no such address.
    byId("tab-runs").hidden = true;
    if (failure.status !== 404)
      throw failure;
  }
}

async function listRuns() {
  const runs = (await (await send("/tenon/v1/runs")).json()).data;
  const select = byId("run");
  const names = runs.map(run => run.name);
  if (names.join("\n") !== [...select.options].map(option => option.value).join("\n")) {
    const chosen = select.value;
    fill(select, names);
    if (names.includes(chosen))
      select.value = chosen;
  }

  for (const [i, run] of runs.entries())
    setText(select.options[i], `${run.name} (${run.state})`);
}

// Looks at the chosen run if its tab is visible.
async function look() {
  if (isLooking || byId("runs").hidden || document.hidden)
    return;
  isLooking = true;
  try {
    await listRuns();
    const name = byId("run").value;
    if (name)
      await update(name);
    else
      setText(byId("run-state"), "The folder has no runs.");
  } catch (failure) {
    report(failure.message, true);
  } finally {
    isLooking = false;
  }

  async function update(name) {
    if (shown?.name !== name) {
      shown = { name, state: null, next: 0, figures: new Map(), plots: "" };
      byId("sample").replaceChildren();
      byId("sample-content").replaceChildren();
      byId("plots").replaceChildren();
    }

    const run = shown;
    let part;
    do {
      part = await (await send(`/tenon/v1/runs/metrics?run=${encodeURIComponent(name)}&from=${run.next}`)).json();
      if (byId("run").value !== name)
        return;
      addFigures(run, part);
    } while (part.lines.length > 0);
    showRun(run, part);
    await showFiles(run, part);
  }
}

// A resumed run repeats steps, and its file then starts again.
function addFigures(run, part) {
  if (part.from === 0)
    run.figures.clear();
  run.next = part.next;
  for (const { step, ...values } of part.lines) {
    for (const [name, value] of Object.entries(values)) {
      if (!run.figures.has(name))
        run.figures.set(name, []);
      run.figures.get(name).push([step, Number(value)]);
    }
  }
}

function showRun(run, part) {
  if (run.state !== part.state) {
    report(`The run ${run.name} is ${part.state}.`);
    run.state = part.state;
  }

  const [speedName, speed] = [...run.figures].find(([name]) => name.endsWith("_per_second")) ?? [null, []];
  const unit = speedName?.slice("time/".length).replace("_per_second", "") ?? "";
  const training = run.figures.get("train/loss") ?? [], validation = run.figures.get("validation/loss") ?? [];
  const step = training.at(-1)?.[0] ?? 0;
  const age = Math.max(0, Math.round(Date.now() / 1000 - part.updated));
  setText(byId("run-state"), [
    part.state,
    `step ${step}${part.steps === null ? "" : ` of ${part.steps}`}`,
    ...(speed.length > 0 ? [`${format(speed.at(-1)[1])} ${unit} per second`] : []),
    `updated ${age < 120 ? `${age} s` : `${Math.round(age / 60)} min`} ago`,
  ].join(", "));
  draw(byId("loss-chart"), "Loss", [["training", training], ["validation", validation]]);
  draw(byId("speed-chart"), `Speed in ${unit} per second`, [["speed", speed]]);
  byId("figures").replaceChildren(...[...run.figures].map(([name, points]) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    row.append(head, cell(format(points.at(-1)[1])), cell(points.at(-1)[0]));
    return row;
  }));

  function cell(text) {
    const element = document.createElement("td");
    element.textContent = text;
    return element;
  }
}

async function showFiles(run, part) {
  byId("samples").hidden = part.samples.length === 0;
  const select = byId("sample");
  const followsNewest = select.selectedIndex === select.options.length - 1;
  if (select.options.length !== part.samples.length) {
    const chosen = select.value;
    fill(select, part.samples);
    select.value = followsNewest || !part.samples.includes(chosen) ? part.samples.at(-1) ?? "" : chosen;
    if (select.value !== chosen)
      await showSample();
  }

  const plots = `${part.state} ${part.plots}`;
  if (plots === run.plots)
    return;
  run.plots = plots;
  byId("plots").replaceChildren(...await Promise.all(part.plots.map(name => file(run.name, name))));
}

async function showSample() {
  const [run, name] = [byId("run").value, byId("sample").value];
  const element = name ? await file(run, name) : null;
  if (byId("run").value === run && byId("sample").value === name)
    byId("sample-content").replaceChildren(...(element ? [element] : []));
}

// A picture, or a text.
async function file(run, name) {
  const response = await send(`/tenon/v1/runs/file?run=${encodeURIComponent(run)}&file=${encodeURIComponent(name)}`);
  if (!name.endsWith(".png")) {
    const text = document.createElement("pre");
    text.textContent = await response.text();
    text.tabIndex = 0;
    return text;
  }

  const picture = document.createElement("img");
  picture.alt = `${name} of the run ${run}`;
  picture.src = await dataUrl(await response.blob());
  return picture;
}

function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

// Draws lines into a chart. Each line is named by its class, which the style sheet colors, and in the text for screen readers.
function draw(svg, title, lines) {
  const finite = lines.map(([name, points]) => [name, thin(points.filter(([, value]) => Number.isFinite(value)))]);
  const all = finite.flatMap(([, points]) => points);
  svg.setAttribute("viewBox", `0 0 ${Width} ${Height}`);
  svg.setAttribute("aria-label", `${title}: ${finite.filter(([, points]) => points.length > 0)
    .map(([name, points]) => `${name} ${format(points.at(-1)[1])} at step ${points.at(-1)[0]}`).join(", ") || "no values yet"}`);
  if (all.length === 0) {
    svg.replaceChildren();
    return;
  }

  const x = scale(all.map(point => point[0]), Margin.left, Width - Margin.right);
  const y = scale(all.map(point => point[1]), Height - Margin.bottom, Margin.top);
  svg.replaceChildren(
    shape("polyline", {
      class: "axis",
      points: `${Margin.left},${Margin.top} ${Margin.left},${Height - Margin.bottom} ${Width - Margin.right},${Height - Margin.bottom}`,
    }),
    label(Margin.left - 6, Margin.top + 10, "end", format(y.most)),
    label(Margin.left - 6, Height - Margin.bottom, "end", format(y.least)),
    label(Margin.left, Height - 6, "start", x.least),
    label(Width - Margin.right, Height - 6, "end", `step ${x.most}`),
    ...finite.map(([name, points]) => shape("polyline", {
      class: `line ${name}`,
      points: points.map(([step, value]) => `${x.at(step).toFixed(1)},${y.at(value).toFixed(1)}`).join(" "),
    })),
    ...finite.filter(([, points]) => points.length > 0 && points.length < 30).flatMap(([name, points]) => points.map(
      ([step, value]) => shape("circle", { class: `point ${name}`, cx: x.at(step).toFixed(1), cy: y.at(value).toFixed(1), r: 3 }))));
}

function label(x, y, anchor, text) {
  const element = shape("text", { x, y, "text-anchor": anchor });
  element.textContent = text;
  return element;
}

function shape(name, attributes) {
  const element = document.createElementNS(byId("loss-chart").namespaceURI, name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  return element;
}

function scale(values, from, to) {
  const least = values.reduce((a, b) => Math.min(a, b)), most = values.reduce((a, b) => Math.max(a, b));
  return { least, most, at: value => from + (most > least ? (value - least) / (most - least) : 0.5) * (to - from) };
}

// Every nth point, and the last.
function thin(points) {
  const stride = Math.ceil(points.length / MostPoints);
  return points.filter((_, i) => i % stride === 0 || i === points.length - 1);
}

function format(value) {
  return Number.isInteger(value) ? value.toLocaleString("en") : value.toLocaleString("en", { maximumSignificantDigits: 4 });
}

// Does not disturb a screen reader with texts that are the same.
function setText(element, text) {
  if (element.textContent !== text)
    element.textContent = text;
}

byId("run").addEventListener("change", look);
byId("sample").addEventListener("change", () => showSample().catch(failure => report(failure.message, true)));
byId("tab-runs").addEventListener("click", look);
setInterval(look, Interval);
