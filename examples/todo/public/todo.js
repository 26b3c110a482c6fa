const enter = document.querySelector("#enter");
const leave = document.querySelector("#leave");
const add = document.querySelector("#add");
const tasks = document.querySelector("#tasks");
const list = tasks.querySelector("ul");
const left = document.querySelector("#left");
const problem = document.querySelector("#problem");

/** Where the credentials are kept until the tab is closed. */
const KEY = "credentials";

/** Calls the API; gives the body of the response. */
async function call(method, path, body) {
  const response = await fetch(`/api${path}`, {
    method,
    // The page asks for the password itself, instead of the browser.
    credentials: "omit",
    headers: {
      authorization: `Basic ${sessionStorage.getItem(KEY)}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.status === 401) {
    const isNew = enter.hidden === false;
    signOut();
    throw new Error(isNew ? "The name or the password is wrong" : "Sign in again");
  }
  const text = await response.text();
  if (!response.ok) throw new Error(text ? JSON.parse(text).error.message : "No such task");
  return text ? JSON.parse(text) : undefined;
}

function signOut() {
  sessionStorage.removeItem(KEY);
  render([]);
  showPage();
}

function showPage() {
  const isIn = sessionStorage.getItem(KEY) !== null;
  enter.hidden = isIn;
  tasks.hidden = !isIn;
  leave.hidden = !isIn;
}

async function refresh() {
  render(await call("GET", "/tasks"));
  showPage();
}

function render(all) {
  list.replaceChildren(...all.map(({ id, title, done }) => {
    const item = document.createElement("li");
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = done;
    box.addEventListener("change", act(() => call("PUT", `/tasks/${id}/done`, box.checked)));
    label.append(box, title);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "Remove";
    remove.addEventListener("click", act(() => call("DELETE", `/tasks/${id}`)));
    item.append(label, remove);
    return item;
  }));
  const open = all.filter(({ done }) => !done).length;
  left.textContent = all.length === 0 ? "" : `${open} of ${all.length} left`;
}

/** Does something, then shows the tasks as they are now, or what went wrong. */
function act(work) {
  return async (event) => {
    event?.preventDefault();
    problem.textContent = "";
    try {
      await work();
      if (sessionStorage.getItem(KEY) !== null) await refresh();
    } catch (error) {
      problem.textContent = error.message;
    }
  };
}

enter.addEventListener("submit", act(() => {
  const { name, password } = Object.fromEntries(new FormData(enter));
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  sessionStorage.setItem(KEY, btoa(String.fromCharCode(...bytes)));
}));
add.addEventListener("submit", act(async () => {
  await call("POST", "/tasks", Object.fromEntries(new FormData(add)));
  add.reset();
}));
leave.addEventListener("click", signOut);

showPage();
void act(() => {})();
