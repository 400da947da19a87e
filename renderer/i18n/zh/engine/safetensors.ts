import type { Catalogue } from './translate.ts';

/** The header of a file of tensors, and what it promises. */
export const safetensors: Pick<Catalogue, 'parts' | 'sentences'> = {
  parts: {
    'a safetensors file of at least 8 bytes': '至少 8 字节的 safetensors 文件',
    'a pipe, a socket or a device': '管道、套接字或设备',
    'a header of at most {#count} bytes': '至多 {count} 字节的文件头',
    'a header length of {#count}': '文件头长度为 {count}',
    'a header of {#count} bytes, as its first 8 bytes say': '{count} 字节的文件头，与前 8 字节所写一致',
    'a header that is a JSON object': '内容为 JSON 对象的文件头',
    'an object of texts': '由文本组成的对象',
    'a dtype of {types}': '类型 {types} 之一',
    'a shape of whole numbers': '由整数组成的形状',
    'data_offsets [begin, end] with begin ≤ end': 'data_offsets [begin, end]，且 begin ≤ end',
    '{#count} bytes for {type} [{shape}]': '{type} [{shape}] 所需的 {count} 字节',
    '{#count} bytes (data_offsets {#begin} to {#end})': '{count} 字节（data_offsets {begin} 至 {end}）',
    'bytes {#begin} to {#end} of the file': '文件的第 {begin} 至 {end} 字节',
    'a file of {#count} bytes: it is truncated': '{count} 字节的文件：不完整',
    'its bytes to start at {#begin}, where {name} ends': '从 {begin} 开始，即 {name} 结束之处',
    'data_offsets that start at {#begin}: {~reason}': 'data_offsets 从 {begin} 开始：{reason}',
    'they overlap': '有重叠', 'there is a gap': '有空隙',
    'a file of {#count} bytes, as its header says': '{count} 字节的文件，与文件头所写一致',
    '{#count} bytes at {#place}': '{place} 处有 {count} 字节',
    'the end of the file: it became shorter after it was opened': '文件已到末尾：打开之后它变短了',
  },
  sentences: {
    'Check that this is a safetensors file, and copy or download it again.': '请确认这是 safetensors 文件，并重新复制或下载。',
    'Write the file again with texts as metadata.': '请以文本作为元数据重新写出文件。',
    'Write the file again with a safetensors library.': '请用 safetensors 库重新写出文件。',
    'Save the tensor in one of these types.': '请以其中一种类型保存该张量。',
  },
};
