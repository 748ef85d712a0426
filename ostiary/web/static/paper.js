// What is to be printed: the browser does it.
document.getElementById("print").addEventListener("click", () => print());
