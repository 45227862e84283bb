import { mount } from 'svelte';
import App from './App.svelte';
import { app } from './core/app.svelte';
import './design/tokens.css';
import './design/base.css';
import './design/controls.css';
import { choosePlatform } from './platform';

app.early();
await choosePlatform();
mount(App, { target: document.getElementById('app') as HTMLElement });
