/** Widgets that most questionnaires do without, in a file of their own. */

import type { Component } from 'svelte';
import type { Item, Widget } from '../../../ipc/types';
import AudioInput from './AudioInput.svelte';
import BarcodeInput from './BarcodeInput.svelte';
import FileInput from './FileInput.svelte';
import RangeInput from './RangeInput.svelte';
import RankInput from './RankInput.svelte';
import VideoInput from './VideoInput.svelte';
import DrawInput from './draw/DrawInput.svelte';
import LineInput from './map/LineInput.svelte';

export { default as ImageMap } from './choices/ImageMap.svelte';
export { default as MapSelect } from './map/MapSelect.svelte';

export interface WidgetProps {
  item: Item;
  value: string;
  labelId: string;
  describedby: string;
  invalid: boolean;
}

export const widgets: Partial<Record<Widget, Component<WidgetProps>>> = {
  audio: AudioInput,
  barcode: BarcodeInput,
  file: FileInput,
  range: RangeInput,
  rank: RankInput,
  video: VideoInput,
  signature: DrawInput,
  draw: DrawInput,
  annotate: DrawInput,
  geotrace: LineInput,
  geoshape: LineInput,
};
