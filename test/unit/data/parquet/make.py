"""Parquet files as pyarrow and Hugging Face's tools write them: verl.parquet, trl.parquet and the values in them (pyarrow 26)."""
import base64, json, os
import pyarrow as pa, pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
PNG = [base64.b64decode(text) for text in (
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==')]
image = lambda i: {'bytes': PNG[i % 2], 'path': f'{i}.png'}

verl = [{
    'data_source': 'geometry', 'prompt': [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': f'<image>Find x{i} é.'}],
    'images': [image(i)] if i < 3 else [image(i), image(i + 1)], 'ability': 'math',
    'reward_model': {'style': 'rule', 'ground_truth': str(i)}, 'extra_info': {'index': i, 'split': 'train', 'answer': str(i)},
} for i in range(5)]
trl = [{
    'image': image(i), 'problem': f'What is {i}?', 'solution': f'<answer> {i} </answer>', 'large': 2 ** 60 + i if i else None,
    'number': float('nan') if i == 1 else 0.5 * i, 'tags': [None, [], ['a', None], ['b']][i], 'flag': i % 2 == 0, 'raw': bytes([0, 255, i]),
} for i in range(4)]
plain = lambda value: (
    {'bytes': base64.b64encode(value).decode()} if isinstance(value, bytes) else 'NaN' if value != value else
    str(value) if isinstance(value, int) and abs(value) > 2 ** 53 else
    [plain(each) for each in value] if isinstance(value, list) else {key: plain(each) for key, each in value.items()} if isinstance(value, dict) else value)

pq.write_table(pa.Table.from_pylist(verl).replace_schema_metadata({'huggingface': json.dumps({'info': {'features': {'images': [{'_type': 'Image'}]}}})}), f'{HERE}/verl.parquet', row_group_size=2)
pq.write_table(pa.Table.from_pylist(trl), f'{HERE}/trl.parquet', compression='zstd')
with open(f'{HERE}/values.json', 'w') as file:
    json.dump({'verl': plain(verl), 'trl': plain(trl)}, file, indent=1)

# Columns of numbers, and two whose values JSON does not hold.
from decimal import Decimal
base = {'id': pa.array([1, 2], pa.int64()), 'question': ['one?', 'two?'], 'answer': pa.array([7, 8], pa.int32())}
small = {'small': pa.array([-1, 2], pa.int8()), 'half': pa.array([-300, 2], pa.int16()), 'byte': pa.array([255, 0], pa.uint8()), 'wide': pa.array([2 ** 31, 1], pa.uint32())}
pq.write_table(pa.table({**base, **small}), os.path.join(HERE, 'numbers.parquet'))
pq.write_table(pa.table({**base, 'pairs': pa.array([[('a', 1)], []], pa.map_(pa.string(), pa.int64()))}), os.path.join(HERE, 'map.parquet'))
pq.write_table(pa.table({**base, 'price': pa.array([Decimal('12345678901234567.89'), Decimal('1.50')], pa.decimal128(20, 2))}), os.path.join(HERE, 'decimal.parquet'))
