// Sending to our own server: with a token that belongs to the session, and somebody who is signed in.

import { form, returning } from "./questions.js";
import { say } from "./words.js";

const PATIENCE = 8000; // of a server that takes what is sent and does not answer

let asking = null;

export async function post(address, body, options = {}, again = true) {
  const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE), ...(options.signal ? [options.signal] : [])]);
  const response = await fetch(address, { method: "POST", body, ...options, signal });
  if (response.status !== 403 && response.status !== 401) return response;
  if (!response.headers.get("content-type")?.startsWith("application/json")) return response;
  const said = await response.clone().json();
  if (said.token) form.elements.token.value = said.token;
  body.set("token", form.elements.token.value);
  if (response.status === 403 && said.token && again) return post(address, body, options, false);
  if (response.status !== 401 || !said.html) return response;
  form.dispatchEvent(new Event("signedout"));
  await (asking ??= ask(said.html).finally(() => { asking = null; }));
  body.set("token", form.elements.token.value);
  return post(address, body, options);
}

// Asks in place who somebody is; what was typed stays where it is. What fails is said there, and may be tried again.
function ask(html) {
  const made = document.createElement("dialog");
  made.innerHTML = html;
  made.setAttribute("aria-labelledby", "again");
  const failed = document.createElement("p");
  failed.className = "failed";
  failed.setAttribute("role", "alert");
  made.append(failed);
  made.addEventListener("cancel", (event) => event.preventDefault());
  const back = returning();
  document.body.append(made);
  made.showModal();
  return new Promise((done) => {
    made.addEventListener("click", async (event) => {
      const person = event.target.closest("[name=person]");
      if (!person) return;
      failed.textContent = "";
      const body = new URLSearchParams({ token: form.elements.token.value, person: person.value });
      const response = await send(body).catch(() => null);
      const said = await response?.json().catch(() => null);
      if (!made.isConnected) return; // a second click, after the first was answered
      if (!said?.name) {
        failed.textContent = response ? `${say("not-let-in")} ${said?.text ?? ""}`.trim() : say("not-signed-in");
        return;
      }
      document.getElementById("me").textContent = said.name;
      made.remove();
      back();
      form.dispatchEvent(new Event("signedin"));
      done();
    });
  });
}

async function send(body) {
  const response = await fetch("/sign-in/here", { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
  if (response.status !== 401 && response.status !== 403) return response;
  const said = await response.clone().json().catch(() => ({}));
  if (!said.token || said.token === body.get("token")) return response;
  form.elements.token.value = said.token;
  body.set("token", said.token);
  return fetch("/sign-in/here", { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
}
