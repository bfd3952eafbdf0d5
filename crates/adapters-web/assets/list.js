import {} from "./app.js";
