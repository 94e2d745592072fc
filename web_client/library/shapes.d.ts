// What the server says about interactions and fetches; see avatar_server/web/library/shapes.py and web/fetches/job.py.

export type Verdict = "good" | "usable" | "broken";

export interface Person {
  id: string;
  participant: string;
  label: string;
  split: string;
  batch: number | null;
  archive: number | null;
  has_movement: boolean | null;
  has_annotation_1p: boolean | null;
  has_annotation_3p: boolean | null;
  personality: Record<string, number> | null;
  files: ("json" | "mp4" | "npz" | "wav")[];
}

export interface Prompt {
  id: string;
  a: string;
  b: string;
  ipc_a: string;
  ipc_b: string;
}

export interface Listed {
  key: string;
  is_here: boolean;
  label: string;
  split: string;
  lone: boolean;
  people: Person[];
  prompt: Prompt | null;
  interaction_type: string | null;
  emotion: string | null;
  relationship: string | null;
  relationship_detail: string | null;
  verdict: Verdict | null;
}

export interface Listing {
  total: number;
  interactions: Listed[];
}

export interface Lengths {
  id: string;
  duration_s: number;
  sound_s: number | null;
  motion_s: number | null;
  frame_count: number | null;
  rate: string | null;
  rate_hz: number | null;
}

export interface PersonReport {
  id: string;
  problem: string;
  verdict: Verdict;
  reasons: string[];
  notices: string[];
  sound: { state: string; level_dbfs: number | null };
  speech: { words: number; speech_share: number };
  motion: { hands_lost_share: number; posture: string } | null;
}

export interface Report {
  verdict: Verdict;
  notices: string[];
  participants: PersonReport[];
}

export interface Interaction extends Listed {
  duration_s: number | null;
  lengths: Lengths[];
  notices: string[];
  report: Report | null;
}

export interface Overview {
  interactions: number;
  participants: number;
  sessions: number;
  on_disk: number;
  by: Record<string, Record<string, number>>;
  length_s: { edges: number[]; counts: number[] } | null;
}

export interface Estimate {
  files: number;
  bytes: number;
  bytes_here: number;
}

export interface Fetch {
  id: string;
  interactions: string[];
  modalities: string[];
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  recordings: number;
  recordings_expected: number;
  files: number;
  files_expected: number;
  bytes: number;
  bytes_expected: number;
  absent_count: number;
  trouble: string;
  problem: string;
  created_s: number;
}
