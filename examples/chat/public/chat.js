const join = document.querySelector("#join");
const say = document.querySelector("#say");
const room = document.querySelector("#room");
const state = document.querySelector("#state");
const messages = document.querySelector("#messages");

/** The first wait before connecting again, and the longest, in milliseconds. */
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

let socket;

join.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, room: title } = Object.fromEntries(new FormData(join));
  join.hidden = true;
  room.hidden = false;
  room.querySelector("h1").textContent = title;
  const path = `/rooms/${encodeURIComponent(title)}/socket?name=${encodeURIComponent(name)}`;
  connect(new URL(path, location.href), RETRY_MS);
  say.elements.text.focus();
});

say.addEventListener("submit", (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ text: say.elements.text.value }));
  say.reset();
});

function connect(url, retry) {
  url.protocol = location.protocol.replace("http", "ws");
  socket = new WebSocket(url);
  state.textContent = "Connecting…";
  socket.addEventListener("open", () => {
    retry = RETRY_MS;
    state.textContent = "Connected";
  });
  socket.addEventListener("message", ({ data }) => show(JSON.parse(data)));
  socket.addEventListener("close", () => {
    state.textContent = "Disconnected, trying again…";
    setTimeout(() => connect(url, Math.min(retry * 2, LONGEST_RETRY_MS)), retry);
  });
}

function show({ from, text, event, error }) {
  const item = document.createElement("li");
  if (text === undefined) {
    item.className = "notice";
    item.textContent = error ? error.message : `${from} has ${event}`;
  } else {
    const author = document.createElement("b");
    author.textContent = from;
    item.append(author, ` ${text}`);
  }
  messages.append(item);
  item.scrollIntoView({ block: "end" });
}
