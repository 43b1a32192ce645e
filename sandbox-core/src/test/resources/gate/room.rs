// A guest in Rust with its standard library: allocation, strings, a sort, panics.
#[link(wasm_import_module = "room")]
extern "C" {
    fn broadcast();
}

static mut MAILBOX: [u32; 9] = [0; 9];
static mut PLAYERS: Vec<(String, i64)> = Vec::new();

#[no_mangle]
pub extern "C" fn sandbox_abi_1() -> i32 {
    unsafe { std::ptr::addr_of!(MAILBOX) as i32 }
}

#[no_mangle]
pub extern "C" fn onJoin() {
    unsafe {
        PLAYERS.push(("player-".to_string() + &"x".repeat(PLAYERS.len()), 0));
        broadcast();
    }
}

#[no_mangle]
pub extern "C" fn onMessage() {
    unsafe {
        for (i, (_, points)) in PLAYERS.iter_mut().enumerate() {
            *points += (i as f64).sqrt() as i64;
        }
        PLAYERS.sort_by_key(|(_, points)| *points);
        MAILBOX[2] = PLAYERS[0].0.len() as u32;
        broadcast();
    }
}
