import type { Words } from '../i18n.ts';

export const frame: Words['frame'] = {
  nav: { label: '程序的各个部分', home: '开始', datasets: '数据集', annotate: '标注', train: '训练', rollouts: '轨迹', evaluate: '评测', playground: '试用', models: '模型', settings: '设置', collapse: '收起列表', expand: '展开列表' },
  place: { new: '新建', import: '导入', compare: '比较' },
  find: '查找…',
  palette: { title: '前往或执行', nothing: '没有叫这个名字的', goTo: '前往', actions: '操作', newRun: '新训练', importDataset: '导入数据集', newEvaluation: '新建评测', demo: '打开演示', runs: '训练', datasets: '数据集', evaluations: '评测', light: '浅色', dark: '深色', auto: '跟随系统配色', shortcuts: '快捷键' },
  shortcuts: { title: '快捷键', find: '查找页面或操作', help: '本列表', go: '前往{{page}}', close: '关闭', general: '任何页面', back: '返回' },
  status: { memory: '内存已用 {{used}} / {{total}}', disk: '磁盘剩余 {{free}}', offline: '离线：数据不会离开本机', online: '智能体可以搜索网络', sandbox: '代码沙箱 {{tier}}', noSandbox: '代码工具已关闭', looking: '正在检查本机…' },
  chip: { step: '第 {{step}} 步，共 {{steps}} 步', reward: '奖励 {{reward}}', left: '还需 {{time}}', stop: '停止', stopTitle: '停止 {{run}}？', stopText: '当前这一步完成后停止并保存检查点，以后随时可以继续。', confirm: '完成这一步后停止', cancel: '继续运行' },
  slept: '本机有 {{time}} 没有运行：机器曾休眠，或程序被暂停。未完成的工作已从原处继续；其间中断的训练可以继续。',
  connection: { connecting: '正在连接引擎…', lost: '引擎已退出，正在重新启动；训练在独立进程中继续，其余未完成的工作可以继续。', gone: '程序已不再运行。请重新运行 arft serve 并打开它给出的地址。', goneWindow: '引擎没有恢复。请关闭此窗口并重新启动程序。', refused: '此窗口无权连接引擎。请打开 arft serve 打印的地址。' },
  fault: { title: '无法完成', expected: '应为', found: '实为', retry: '重试', internal: '这是本程序的故障，引擎日志中有详情。', page: '此页面无法显示', reload: '重新加载此页' },
  notFound: { title: '没有这个页面', text: '此地址没有内容，它指向的页面可能已被重命名。', action: '回到开始' },
  marks: { colon: '：', comma: '，', between: '、', aside: '（{{text}}）' },
  skip: '跳到正文',
};
