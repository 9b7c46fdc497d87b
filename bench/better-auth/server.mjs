// better-auth's phoneNumber plugin as its documentation installs it, with its adapter in memory.
// Nobody is sent anything: the codes are kept for GET /codes, which only the benchmark asks.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { phoneNumber } from "better-auth/plugins";

const codes = {};
const port = Number(process.env.PORT);
const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: "s".repeat(48),
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [
    phoneNumber({
      sendOTP: ({ phoneNumber: number, code }) => { codes[number] = code; },
      signUpOnVerification: {
        getTempEmail: (number) => `${number.slice(1)}@bank.example`,
        getTempName: (number) => number,
      },
    }),
  ],
});
const handle = toNodeHandler(auth);
createServer((request, response) => {
  if (request.url === "/ready") return response.end("ready");
  if (request.url === "/codes") return response.end(JSON.stringify(codes));
  return handle(request, response);
}).listen(port, "127.0.0.1");
