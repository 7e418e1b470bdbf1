/** A raw echo over two PUBLISH hops: no envelope is read, nothing is kept, nobody is waited for. */

/** Echoes what comes on `raw:<name>:<from>`; told to by `bench`, it asks for echoes itself and says how long. */
export async function serve(redis, name) {
  let order = { target: '', rounds: 0, text: '' };
  let times = [];
  let began = 0;
  const ask = () => {
    began = performance.now();
    redis.publish(`raw:${order.target}:${name}`, order.text);
  };
  redis.on('pmessage', (_pattern, channel, text) => {
    const from = channel.split(':')[2];
    if (from === 'bench') {
      order = JSON.parse(text);
      times = [];
      ask();
    } else if (times.length === order.rounds) {
      redis.publish(`raw:${from}:${name}`, text);
    } else {
      times.push(performance.now() - began);
      if (times.length < order.rounds) return ask();
      redis.publish(`st:${name}:1`, JSON.stringify({ type: 'measured', inst: 1, ms: times }));
    }
  });
  await redis.psubscribe(`raw:${name}:*`);
}
