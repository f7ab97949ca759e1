import vue from '@vitejs/plugin-vue';
import element from 'unplugin-element-plus/vite';
import { defineConfig } from 'vite';

// POSTERN_WEB_OUT: where ./dev wants the pages. POSTERN_API: the server that `npm run dev` asks.
export default defineConfig({
  base: '/admin/',
  plugins: [vue(), element({})],
  build: {
    outDir: process.env.POSTERN_WEB_OUT ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      output: { experimentalMinChunkSize: 12000 },
      onLog: (level, log, handle) => {
        if (log.code !== 'OPTIMIZE_CHUNK_STATUS') handle(level, log);
      },
    },
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/api': process.env.POSTERN_API ?? 'http://127.0.0.1:8080' } },
});
