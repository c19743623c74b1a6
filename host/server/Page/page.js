"use strict";

// The page of a Tenon server. Everything that a model writes is shown as text, never as markup.

const byId = id => document.getElementById(id);
const conversation = []; // messages of user and assistant, without the system text
let models = [];
let running = null; // the AbortController of the request in progress

function report(text, isWrong = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("wrong", isWrong);
}

async function send(path, body, signal) {
  const headers = {};
  if (byId("key").value)
    headers.Authorization = `Bearer ${byId("key").value}`;
  if (body)
    headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal });
  if (response.ok)
    return response;
  if (response.status === 401)
    byId("key-form").hidden = false;
  const answer = await response.json().catch(() => null);
  const message = answer?.error?.message ?? `The server answered with status ${response.status}.`;
  throw Object.assign(new Error(message), { status: response.status });
}

// Yields the JSON of server-sent events.
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done)
      throw new Error("The connection ended before the answer did.");
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const data = part.slice("data: ".length);
      if (data === "[DONE]")
        return;
      const json = JSON.parse(data);
      if (json.error)
        throw new Error(json.error.message);
      yield json;
    }
  }
}

// Fields with a value, as numbers.
function numbers(...ids) {
  return Object.fromEntries(ids.filter(id => byId(id).value !== "").map(id => [id, Number(byId(id).value)]));
}

function show(message) {
  const element = document.createElement("article");
  element.className = "message";
  const role = document.createElement("h2");
  role.textContent = message.role === "user" ? "You" : "Model";
  const text = document.createElement("p");
  text.textContent = message.content;
  element.append(role, text);
  if (message.role === "assistant") {
    const copy = document.createElement("button");
    copy.type = "button";
    copy.textContent = "Copy";
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(message.content);
      report("The answer was copied.");
    });
    element.append(copy);
  }

  byId("messages").append(element);
  scroll();
  return text;
}

function scroll() {
  byId("messages").scrollTop = byId("messages").scrollHeight;
}

// Runs a request; the button of its form stops it.
async function run(stop, work) {
  running = new AbortController();
  stop.disabled = false;
  update();
  try {
    await work(running.signal);
  } catch (failure) {
    report(failure.name === "AbortError" ? "Stopped." : failure.message, failure.name !== "AbortError");
  } finally {
    running = null;
    stop.disabled = true;
    update();
  }
}

function update() {
  byId("send").disabled = running !== null || !chosenModel();
  byId("draw").disabled = running !== null;
  byId("regenerate").disabled = running !== null || !conversation.some(message => message.role === "assistant");
}

function chosenModel() {
  return models.find(model => model.id === byId("chat-model").value);
}

function chats() {
  return chosenModel()?.tasks.includes("chat");
}

async function reply() {
  await run(byId("stop"), async signal => {
    report("The model is answering.");
    const system = byId("system").value.trim();
    const input = chats()
      ? { messages: [...(system ? [{ role: "system", content: system }] : []), ...conversation] }
      : { prompt: conversation.at(-1).content };
    const response = await send(chats() ? "/v1/chat/completions" : "/v1/completions", {
      model: byId("chat-model").value,
      ...input,
      stream: true,
      ...numbers("temperature", "top_p", "top_k", "max_tokens", "seed"),
    }, signal);
    const message = { role: "assistant", content: "" };
    conversation.push(message);
    const text = show(message);
    for await (const event of events(response)) {
      message.content += event.choices[0].delta?.content ?? event.choices[0].text ?? "";
      text.textContent = message.content;
      scroll();
    }

    report("The answer is complete.");
  });
}

async function drawImages() {
  await run(byId("stop-images"), async signal => {
    report("The model is drawing.");
    const name = byId("class").value;
    const response = await send("/v1/images/generations", {
      model: byId("image-model").value,
      prompt: name,
      n: Number(byId("count").value),
      ...numbers("steps", "guidance"),
    }, signal);
    const answer = await response.json();
    byId("pictures").replaceChildren(...answer.data.map((image, i) => {
      const picture = document.createElement("img");
      picture.src = `data:image/png;base64,${image.b64_json}`;
      picture.alt = name ? `Image ${i + 1} of the class ${name}` : `Image ${i + 1}`;
      return picture;
    }));
    report(`${answer.data.length} images.`);
  });
}

function fill(select, values) {
  select.replaceChildren(...values.map(value => new Option(value, value)));
  select.disabled = values.length === 0;
}

function chooseModel() {
  byId("system").disabled = !chats();
  report(chats() ? "" : chosenModel() ? "This model has no chat template: it continues each message as a text of its own."
    : "No model on this server generates text.");
}

function chooseImageModel() {
  fill(byId("class"), models.find(model => model.id === byId("image-model").value)?.classes ?? []);
}

async function connect() {
  try {
    models = (await (await send("/v1/models")).json()).data;
  } catch (failure) {
    report(failure.message, true);
    return;
  }

  byId("key-form").hidden = true;
  connectRuns().catch(failure => report(failure.message, true));
  const named = task => models.filter(model => model.tasks.includes(task)).map(model => model.id);
  fill(byId("chat-model"), named("completion"));
  fill(byId("image-model"), named("image"));
  byId("tab-images").hidden = named("image").length === 0;
  chooseImageModel();
  chooseModel();
  update();
}

function select(tab) {
  for (const other of document.querySelectorAll("[role=tab]")) {
    const isSelected = other === tab;
    other.setAttribute("aria-selected", isSelected);
    other.tabIndex = isSelected ? 0 : -1;
    byId(other.getAttribute("aria-controls")).hidden = !isSelected;
  }

  tab.focus();
}

byId("chat-form").addEventListener("submit", event => {
  event.preventDefault();
  const content = byId("message").value.trim();
  if (running || !content)
    return;
  const message = { role: "user", content };
  conversation.push(message);
  show(message);
  byId("message").value = "";
  reply();
});
byId("message").addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("chat-form").requestSubmit();
  }
});
byId("regenerate").addEventListener("click", () => {
  while (conversation.at(-1)?.role === "assistant") {
    conversation.pop();
    byId("messages").lastElementChild.remove();
  }

  reply();
});
byId("clear").addEventListener("click", () => {
  running?.abort();
  conversation.length = 0;
  byId("messages").replaceChildren();
  report("");
  update();
  byId("message").focus();
});
for (const id of ["stop", "stop-images"])
  byId(id).addEventListener("click", () => running?.abort());
byId("image-form").addEventListener("submit", event => {
  event.preventDefault();
  if (!running)
    drawImages();
});
byId("chat-model").addEventListener("change", chooseModel);
byId("image-model").addEventListener("change", chooseImageModel);
byId("key-form").addEventListener("submit", event => {
  event.preventDefault();
  connect();
});
for (const tab of document.querySelectorAll("[role=tab]")) {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", event => {
    const tabs = [...document.querySelectorAll("[role=tab]:not([hidden])")];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step)
      tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length].click();
  });
}

connect();
