/** A network segment: where, on the wire, a network is. */
export interface Segment {
  readonly network_type: string;
  readonly physical_network: string | null;
  readonly segmentation_id: number | null;
}

/** A stored segment of a network. */
export interface NetworkSegment extends Segment {
  readonly id: string;
  readonly network_id: string;
  readonly segment_index: number;
}
