import { useNavigate, useRouter } from '@tanstack/react-router';

type Navigate = ReturnType<typeof useNavigate>;

/** What changes the address of the page at `path`, and leads on from there. Answers come late: once another page is asked for, nothing moves. */
export function useNavigateFrom(path: string): Navigate {
  const router = useRouter();
  const navigate = useNavigate();
  return ((options) => (router.latestLocation.pathname === path ? navigate(options) : Promise.resolve())) as Navigate;
}
