/** What a good agent writes for each kind of issue of MAT-Coding, with the protocol's file names. */
const program = (lines: string): string => `import cv2\nimport numpy as np\nimg = cv2.imread('path_to_input_image.jpg')\n${lines}\ncv2.imwrite('path_to_output_image.jpg', img)`;

export const experts = {
  /** The picture was turned counter-clockwise. */
  rotation90: program('img = cv2.rotate(img, cv2.ROTATE_90_CLOCKWISE)'),
  rotation180: program('img = cv2.rotate(img, cv2.ROTATE_180)'),
  /** Stretches the histogram until its brightest hundredth is white. */
  dark: program('top = np.percentile(img, 99)\nimg = np.clip(img.astype(np.float32) * (255 / max(top, 1)), 0, 255).astype(np.uint8)'),
  /** Brings the mean back to the middle by a gamma curve. */
  overexposure: program('x = img.astype(np.float32) / 255\ngamma = np.log(0.4) / np.log(np.clip(x.mean(), 0.01, 0.99))\nimg = (255 * x ** gamma).astype(np.uint8)'),
  /** Unsharp masking. */
  blur: program('soft = cv2.GaussianBlur(img, (0, 0), 2)\nimg = cv2.addWeighted(img, 2.2, soft, -1.2, 0)'),
  noise: program('img = cv2.fastNlMeansDenoisingColored(img, None, 10, 10, 7, 15)'),
  rotation90AndDark: program('img = cv2.rotate(img, cv2.ROTATE_90_CLOCKWISE)\ntop = np.percentile(img, 99)\nimg = np.clip(img.astype(np.float32) * (255 / max(top, 1)), 0, 255).astype(np.uint8)'),
  crop: ([x0, y0, x1, y1]: readonly [number, number, number, number]): string =>
    program(`h, w = img.shape[:2]\nimg = img[round(${y0} * h / 1000):round(${y1} * h / 1000), round(${x0} * w / 1000):round(${x1} * w / 1000)]`),
} as const;
