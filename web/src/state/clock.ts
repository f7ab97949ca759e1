// One ticking "now" for every relative time on the page.
import { ref } from 'vue';

export const now = ref(Date.now());
window.setInterval(() => (now.value = Date.now()), 5000);
