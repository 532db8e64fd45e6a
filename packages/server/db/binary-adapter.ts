/** What the adapter of an engine says whose answers come with the bytes of binary values as they are: long texts are then read faster as such. */
export interface BinaryAdapter {
  readonly readsBinary?: boolean;
}
