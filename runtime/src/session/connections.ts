import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';

type RequestHandler = STSClient['config']['requestHandler'];

/** Of the options of the SDK's handler, those that are looked at here. */
interface HandlerOptions {
  readonly httpAgent?: HttpAgent | AgentOptions;
  readonly httpsAgent?: HttpsAgent | AgentOptions;
  readonly requestTimeout?: number;
}

/** A `requestTimeout`, where one is set, ends the request; the SDK alone would only warn. */
const DEFAULTS = { connectionTimeout: 5000, throwOnRequestTimeout: true };
const AGENT_DEFAULTS: AgentOptions = { keepAlive: true, maxSockets: 50 };

/** The sockets that all clients share. A client that is destroyed leaves them alone. */
export class Connections {
  readonly requestHandler: RequestHandler;
  /** The `requestTimeout` that was asked for. */
  readonly requestTimeoutMilliseconds: number | undefined;
  readonly #handler: RequestHandler;
  /** The agents made here; those that the caller made are the caller's. */
  readonly #agents: (HttpAgent | HttpsAgent)[] = [];

  constructor(given: STSClientConfig['requestHandler']) {
    if (isHandler(given)) {
      this.#handler = given;
    } else {
      const options = (given ?? {}) as HandlerOptions;
      this.#handler = this.#makeHandler(options);
      this.requestTimeoutMilliseconds = options.requestTimeout;
    }
    this.requestHandler = this.requestHandlerWhile(() => undefined);
  }

  /**
   * The handler for some of the clients. Theirs alone is what they may do with it: the SDK's clients destroy their handler when they are
   * destroyed.
   *
   * @param assertOpen throws what a request ends in that may not begin any more
   */
  requestHandlerWhile(assertOpen: () => void): RequestHandler {
    const handler = this.#handler;
    const one: Pick<RequestHandler, 'handle' | 'metadata' | 'destroy'> = {
      ...(handler.metadata !== undefined && { metadata: handler.metadata }),
      handle: async (request, options) => {
        assertOpen();
        return handler.handle(request, options);
      },
      destroy: () => undefined,
    };
    return Object.assign(one, { updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) }) as RequestHandler;
  }

  /** Closes the idle sockets now, and each other one as soon as its request has been answered. */
  retire(): void {
    for (const agent of this.#agents) {
      agent.maxFreeSockets = 0;
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    }
  }

  #makeHandler(options: HandlerOptions): RequestHandler {
    const { httpAgent, httpsAgent } = options;
    const requestHandler = {
      ...DEFAULTS,
      ...options,
      httpAgent: isAgent(httpAgent) ? httpAgent : this.#own(new HttpAgent({ ...AGENT_DEFAULTS, ...httpAgent })),
      httpsAgent: isAgent(httpsAgent) ? httpsAgent : this.#own(new HttpsAgent({ ...AGENT_DEFAULTS, ...httpsAgent })),
    };
    // The SDK's own handler, without a dependency on the package that it is in.
    return new STSClient({ region: 'us-east-1', requestHandler }).config.requestHandler;
  }

  #own<Agent extends HttpAgent | HttpsAgent>(agent: Agent): Agent {
    this.#agents.push(agent);
    return agent;
  }
}

function isHandler(given: object | undefined): given is RequestHandler {
  return given !== undefined && 'handle' in given;
}

function isAgent<Agent extends HttpAgent | HttpsAgent>(agent: Agent | AgentOptions | undefined): agent is Agent {
  return agent !== undefined && 'destroy' in agent;
}
