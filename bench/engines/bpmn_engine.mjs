// How fast is bpmn-engine? The same questions, answered with getState and recover as its documentation uses them.
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import * as Elements from 'bpmn-elements';
import { Engine } from 'bpmn-engine';
import { BpmnModdle } from 'bpmn-moddle';
import toContext, { TypeResolver } from 'moddle-context-serializer';
import { median, seconds, serve } from './protocol.mjs';

const parsed = new Map();

async function definition(file) {
  if (!parsed.has(file)) {
    const moddle = await new BpmnModdle().fromXML(readFileSync(file, 'utf8'));
    parsed.set(file, toContext(moddle, TypeResolver(Elements)));
  }
  return parsed.get(file);
}

class Case {
  constructor(saved) {
    this.saved = saved;
    this.open = [];
    this.steps = 0;
    this.sizes = [];
  }

  async start(sourceContext, variables) {
    this.engine = new Engine({ name: 'bench', sourceContext, variables });
    await this.engine.execute({ listener: this.listener() });
    await this.save();
  }

  listener() {
    const listener = new EventEmitter();
    this.open = [];
    listener.on('activity.wait', (api) => this.open.push(api));
    return listener;
  }

  async complete() {
    this.open.shift().signal({ result: 'ok' });
    this.steps += 1;
    await this.save();
  }

  async save() {
    if (!this.saved) return;
    const text = JSON.stringify(await this.engine.getState());
    this.sizes.push(Buffer.byteLength(text));
    const state = JSON.parse(text);
    this.engine = new Engine({ name: 'bench' }).recover(state);
    const listener = this.listener();
    if (state.state !== 'idle') await this.engine.resume({ listener });
  }
}

async function run({ file, variables, saved }) {
  const context = await definition(file);
  const began = seconds();
  const one = new Case(saved);
  await one.start(context, variables);
  while (one.open.length) await one.complete();
  return {
    seconds: seconds() - began, waits: one.steps, completed: one.engine.state === 'idle', sizes: one.sizes,
  };
}

async function rounds({ file, variables, count, window }) {
  const one = new Case(false);
  await one.start(await definition(file), variables);
  for (let round = 0; round < count - window; round++) await one.complete();
  one.saved = true;
  const times = [];
  for (let round = 0; round < window; round++) {
    const began = seconds();
    await one.complete();
    times.push(seconds() - began);
  }
  return { seconds: median(times), sizes: one.sizes };
}

await serve({ run, rounds });
