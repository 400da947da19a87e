import { useAddress } from './address.ts';
import { DatasetList } from './dataset-list.tsx';
import { DatasetPage } from './dataset-page.tsx';

/** The list of datasets, or one of them. */
export function Datasets() {
  const [address, go] = useAddress();
  return address.dataset === undefined ? <DatasetList address={address} go={go} /> : <DatasetPage key={address.dataset} dataset={address.dataset} address={address} go={go} />;
}
