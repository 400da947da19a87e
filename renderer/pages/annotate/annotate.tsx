import { useAddress } from './address.ts';
import { SetList } from './set-list.tsx';
import { Workplace } from './workplace.tsx';

/** The list of datasets with how far each is, or the workplace for one of them. */
export function Annotate() {
  const [address, go] = useAddress();
  return address.dataset === undefined ? <SetList address={address} go={go} /> : <Workplace key={address.dataset} dataset={address.dataset} address={address} go={go} />;
}
