import { createApp } from 'vue';
import 'element-plus/theme-chalk/base.css';
import 'element-plus/theme-chalk/dark/css-vars.css';
import './style.css';
import './parts.css';
import App from './App.vue';
import { router } from './router';
import { startTheme } from './state/theme';

startTheme();
createApp(App).use(router).mount('#app');
