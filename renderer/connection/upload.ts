/**
 * Hands a file to the engine; calls name it afterwards by what is returned.
 * @throws Error with the engine's words when it cannot be kept.
 */
export async function uploadFile(file: File, signal?: AbortSignal): Promise<string> {
  const answer = await fetch(`./upload?name=${encodeURIComponent(file.name)}`, { method: 'POST', body: file, ...(signal && { signal }) });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { upload: string }).upload;
}
