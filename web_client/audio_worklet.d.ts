// What exists in the audio thread (Web Audio API, AudioWorkletGlobalScope); TypeScript's DOM library lacks it.

declare const currentFrame: number;

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
