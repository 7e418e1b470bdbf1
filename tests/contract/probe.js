/** Runs inside of a sandbox and prints as one JSON line what it finds there and whom it can reach. */
const fs = require('node:fs');
const net = require('node:net');
const dns = require('node:dns/promises');

const attempt = (run) => {
  try {
    run();
    return 'done';
  } catch (error) {
    return error.code;
  }
};
const field = (file, pattern) => pattern.exec(fs.readFileSync(file, 'utf8'))?.[1]?.trim() ?? null;
const reach = (host, port) =>
  new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 1500 });
    const settle = (what) => {
      socket.destroy();
      resolve(what);
    };
    socket.on('connect', () => settle('connected'));
    socket.on('timeout', () => settle('timeout'));
    socket.on('error', (error) => settle(error.code));
  });

async function main() {
  const targets = (process.env.TARGETS ?? '').split(',').filter((target) => target !== '');
  const reached = {};
  for (const target of targets) {
    const [host, port] = target.split(':');
    reached[target] = await reach(host, Number(port));
  }
  const redis = await dns.lookup('redis').then(({ address }) => reach(address, 6379));
  const report = {
    user: `${process.getuid()}:${process.getgid()}`,
    capabilities: field('/proc/self/status', /^CapEff:(.*)$/m),
    bounding: field('/proc/self/status', /^CapBnd:(.*)$/m),
    noNewPrivileges: field('/proc/self/status', /^NoNewPrivs:(.*)$/m),
    seccomp: field('/proc/self/status', /^Seccomp:(.*)$/m),
    rootWrite: attempt(() => fs.writeFileSync('/x', '')),
    tmpWrite: attempt(() => fs.writeFileSync('/tmp/x', 'x'.repeat(1000))),
    tmpFull: attempt(() => fs.writeFileSync('/tmp/y', Buffer.alloc(70 * 1024 * 1024))),
    tmpMount: field('/proc/mounts', /^tmpfs \/tmp tmpfs (\S+)/m),
    openFiles: field('/proc/self/limits', /^Max open files +(\d+)/m),
    coreSize: field('/proc/self/limits', /^Max core file size +(\d+)/m),
    oomScore: field('/proc/self/oom_score_adj', /(.*)/),
    init: field('/proc/1/comm', /(.*)/),
    dataWrite: attempt(() => fs.writeFileSync('/data/x', '')),
    redis,
    reached,
  };
  console.log(JSON.stringify(report));
}

main();
