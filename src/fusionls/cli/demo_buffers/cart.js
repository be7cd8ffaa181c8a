// The price of everything in a shopping cart.
function totalPrice(items) {
  let total = 0;
  for (const item of items) {
    $0
  }
  return total;
}

console.log(totalPrice([{ price: 3, count: 2 }, { price: 5, count: 1 }]));
