// Requests to this page's own server. Knows HTTP and JSON, and no meaning.

export async function send(method, path, content) {
  const request = { method, headers: { Accept: "application/json" } };
  if (content !== undefined) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(content);
  }
  try {
    const response = await fetch(path, request);
    const text = await response.text();
    return { ok: response.ok, status: response.status, body: text ? JSON.parse(text) : {} };
  } catch {
    return { ok: false, status: 0, body: { code: "api_unreachable" } };
  }
}

export const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
