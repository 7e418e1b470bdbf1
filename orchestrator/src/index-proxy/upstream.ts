/** The proxy of the home, where the index proxy itself reaches the world only through it: tunnels, and plain requests. */
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';

/** URLs, each null where there is none. */
export interface Upstreams {
  http: string | null;
  https: string | null;
}

export const NO_UPSTREAMS: Upstreams = { http: null, https: null };

interface Wanted {
  proxy: string;
  /** `host:port` of the index: the proxy resolves the name. */
  authority: string;
  idleMs: number;
}

/** @returns the tunnel. Rejects with what the proxy said instead */
export function openTunnel({ proxy, authority, idleMs }: Wanted): Promise<Duplex> {
  const options = { method: 'CONNECT', path: authority, headers: { host: authority }, timeout: idleMs };
  const call = requestTo(proxy, options);
  return new Promise((resolve, reject) => {
    call.once('connect', (response: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        return resolve(socket);
      }
      socket.destroy();
      reject(new Error(`the proxy of the home answered ${response.statusCode} ${response.statusMessage}`));
    });
    call.once('timeout', () => call.destroy(new Error('the proxy of the home does not answer')));
    call.once('error', reject);
    call.end();
  });
}

/** A request of plain HTTP for this URL, not yet sent. */
export function requestThrough(proxy: string, url: URL, options: { headers: OutgoingHttpHeaders; timeout: number }) {
  return requestTo(proxy, { ...options, path: url.href });
}

function requestTo(
  proxy: string,
  { headers, ...options }: Omit<RequestOptions, 'headers'> & { headers: OutgoingHttpHeaders },
) {
  const { protocol, hostname, port, username, password } = new URL(proxy);
  const who = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const known = username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(who).toString('base64')}` };
  const to = {
    ...options,
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    agent: false,
    headers: { ...headers, ...known },
  };
  return protocol === 'https:' ? httpsRequest({ ...to, port: port || 443 }) : httpRequest({ ...to, port: port || 80 });
}
