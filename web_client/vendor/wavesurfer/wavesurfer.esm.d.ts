// What the page uses of wavesurfer.js, by its documentation.

export interface WaveSurferOptions {
  container: HTMLElement;
  height?: number;
  waveColor?: string;
  progressColor?: string;
  cursorWidth?: number;
  interact?: boolean;
  hideScrollbar?: boolean;
  normalize?: boolean;
  maxPeak?: number;
  peaks?: (Float32Array | number[])[];
  duration?: number;
  splitChannels?: Partial<WaveSurferOptions>[];
}

export default class WaveSurfer {
  static create(options: WaveSurferOptions): WaveSurfer;
  on(event: "ready", listener: () => void): () => void;
  setTime(time_s: number): void;
  destroy(): void;
}
