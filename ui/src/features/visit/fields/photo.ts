/** Largest file that the core takes, bytes before encoding. */
export const LARGEST = 25 * 1024 * 1024;

/** The file's bytes in base64, without the `data:` head. Rejects if the file cannot be read. */
export function toBase64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^data:[^,]*,/, ''));
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(file);
  });
}

/** Width and height of a picture whose longer side has at most `most` pixels. */
export function fitted(width: number, height: number, most: number): { width: number; height: number } {
  const factor = Math.min(1, most / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

/** A canvas as a JPEG file. */
export function toJpeg(canvas: HTMLCanvasElement, name: string): Promise<File> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(new File([blob], name, { type: 'image/jpeg' })) : reject(new DOMException('unreadable'))),
      'image/jpeg',
      0.85,
    );
  });
}

/** The picture with at most `most` pixels at its longer side; the file itself where it is small or unreadable here. */
export async function shrink(file: File, most: number): Promise<File> {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const { width, height } = fitted(bitmap.width, bitmap.height, most);
    if (width === bitmap.width && height === bitmap.height) return file;
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, width, height);
    return await toJpeg(canvas, file.name);
  } catch {
    return file;
  }
}
