import sharp from 'sharp'

// The bytes are hostile: of libvips' many readers (SVG, PDF, TIFF, HEIF, GIF, raw, ...) only these three may run. An
// "Ultra HDR" JPEG is therefore read as the plain JPEG that it also is.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
})
// Nothing is read twice, and one small image gains nothing from threads that inference wants.
sharp.cache(false)
sharp.concurrency(1)

export { sharp }
