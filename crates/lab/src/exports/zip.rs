//! Zip: archives of deflated members, written as they come. Enough for `.eval` files: no encryption; the wide fields of
//! the format (zip64) stand only where an archive outgrows the narrow ones, so that small ones open anywhere.

use std::io::{self, Write};

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};

/// The level at which text shrinks to a third for little time.
const LEVEL: i32 = 6;

/// No compressed member, nor what it unpacks to, is larger, bytes.
const MEMBER_BYTES_MAX: u64 = u32::MAX as u64 - 1;

/// A narrow field that says: the wide one counts.
const WIDE: u32 = u32::MAX;

/// Bytes of the header of a wide offset: its id and its length.
const WIDE_OFFSET: [u8; 4] = [1, 0, 8, 0];

/// An archive in the making.
pub(super) struct Zip<W: Write> {
    out: W,
    written: u64,
    members: Vec<Member>,
}

struct Member {
    name: String,
    crc: u32,
    packed: u32,
    size: u32,
    at: u64,
}

/// A member in the making: packed as it grows, so that what is not yet in the archive takes little memory.
pub(super) struct Packer {
    compressor: CompressorOxide,
    packed: Vec<u8>,
    crc: u32,
    size: u64,
}

impl<W: Write> Zip<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, written: 0, members: Vec::new() }
    }

    /// Adds a member.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut packer = Packer::new();
        packer.push(bytes);
        self.add_packed(name, packer)
    }

    /// Adds a member that was packed piece by piece.
    pub(super) fn add_packed(&mut self, name: &str, mut packer: Packer) -> io::Result<()> {
        packer.flush(&[], TDEFLFlush::Finish);
        if packer.size.max(packer.packed.len() as u64) > MEMBER_BYTES_MAX {
            return Err(io::Error::other(
                "a member of more than 4 GiB cannot be written; export fewer episodes",
            ));
        }
        let member = Member {
            name: name.to_owned(),
            crc: !packer.crc,
            packed: packer.packed.len() as u32,
            size: packer.size as u32,
            at: self.written,
        };
        let mut header = b"PK\x03\x04".to_vec();
        header.extend(member.fields());
        header.extend(0_u16.to_le_bytes());
        header.extend(name.as_bytes());
        self.put(&header)?;
        self.put(&packer.packed)?;
        self.members.push(member);
        Ok(())
    }

    /// Writes the directory and gives the output back.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let begins = self.written;
        let members = std::mem::take(&mut self.members);
        for member in &members {
            self.put(&member.entry())?;
        }
        self.put(&end(members.len() as u64, begins, self.written))?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

/// What follows the directory, which lies from `begins` to `ends`.
fn end(count: u64, begins: u64, ends: u64) -> Vec<u8> {
    let size = ends - begins;
    let narrow = |value: u64| u32::try_from(value).unwrap_or(WIDE);
    let narrow_count = u16::try_from(count).unwrap_or(u16::MAX);
    let mut end = Vec::new();
    if narrow_count == u16::MAX || narrow(size) == WIDE || narrow(begins) == WIDE {
        // The wide end: 44 bytes follow; version 4.5 wrote it and reads it; one disk.
        end.extend(b"PK\x06\x06");
        end.extend(44_u64.to_le_bytes());
        end.extend([45, 0, 45, 0]);
        end.extend([0; 8]);
        for value in [count, count, size, begins] {
            end.extend(value.to_le_bytes());
        }
        // Where the wide end begins, and that there is one disk.
        end.extend(b"PK\x06\x07\0\0\0\0");
        end.extend(ends.to_le_bytes());
        end.extend(1_u32.to_le_bytes());
    }
    end.extend(b"PK\x05\x06\0\0\0\0");
    end.extend(narrow_count.to_le_bytes());
    end.extend(narrow_count.to_le_bytes());
    end.extend(narrow(size).to_le_bytes());
    end.extend(narrow(begins).to_le_bytes());
    end.extend([0; 2]);
    end
}

impl Member {
    /// What the local header and the directory say alike: version 2.0, names in UTF-8, deflated, 1 January 1980.
    fn fields(&self) -> Vec<u8> {
        let mut fields = vec![20, 0, 0, 8, 8, 0, 0, 0, 0x21, 0];
        fields.extend(self.crc.to_le_bytes());
        fields.extend(self.packed.to_le_bytes());
        fields.extend(self.size.to_le_bytes());
        fields.extend((self.name.len() as u16).to_le_bytes());
        fields
    }

    /// The member's entry in the directory.
    fn entry(&self) -> Vec<u8> {
        let narrow = u32::try_from(self.at).ok().filter(|at| *at != WIDE);
        let extra: Vec<u8> = match narrow {
            Some(_) => Vec::new(),
            None => WIDE_OFFSET.into_iter().chain(self.at.to_le_bytes()).collect(),
        };
        let mut entry = b"PK\x01\x02\x14\0".to_vec();
        entry.extend(self.fields());
        entry.extend((extra.len() as u16).to_le_bytes());
        // No comment, first disk, no attributes.
        entry.extend([0; 10]);
        entry.extend(narrow.unwrap_or(WIDE).to_le_bytes());
        entry.extend(self.name.as_bytes());
        entry.extend(extra);
        entry
    }
}

impl Packer {
    pub(super) fn new() -> Self {
        let flags = create_comp_flags_from_zip_params(LEVEL, 0, 0);
        Self { compressor: CompressorOxide::new(flags), packed: Vec::new(), crc: u32::MAX, size: 0 }
    }

    /// Packs what comes next.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.crc = taken_up(self.crc, bytes);
        self.size += bytes.len() as u64;
        self.flush(bytes, TDEFLFlush::None);
    }

    fn flush(&mut self, bytes: &[u8], flush: TDEFLFlush) {
        let packed = &mut self.packed;
        compress_to_output(&mut self.compressor, bytes, flush, |part| {
            packed.extend(part);
            true
        });
    }
}

/// The checksum of the format (CRC-32, reflected, polynomial 0xEDB88320).
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !taken_up(u32::MAX, bytes)
}

/// The checksum's register after `bytes`, from where it stood before.
fn taken_up(register: u32, bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut value = index as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { (value >> 1) ^ 0xEDB8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    bytes.iter().fold(register, |crc, byte| (crc >> 8) ^ TABLE[((crc ^ u32::from(*byte)) & 255) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
        bytes[at..at + width].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    #[test]
    fn the_checksum_is_the_formats() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(!taken_up(taken_up(u32::MAX, b"1234"), b"56789"), 0xCBF4_3926);
    }

    #[test]
    fn members_can_be_unpacked_from_where_the_directory_says() {
        let mut zip = Zip::new(Vec::new());
        zip.add("first.json", b"{}").unwrap();
        let mut packer = Packer::new();
        (0..50).for_each(|_| packer.push(b"more of the same "));
        zip.add_packed("folder/second.json", packer).unwrap();
        let (at, packed) = (zip.members[1].at as usize, zip.members[1].packed as usize);
        assert_eq!((zip.members[1].size, zip.members[1].crc), (850, crc32(&b"more of the same ".repeat(50))));
        let bytes = zip.finish().unwrap();
        let begins = at + 30 + "folder/second.json".len();
        assert_eq!(&bytes[at..at + 4], b"PK\x03\x04");
        let text = miniz_oxide::inflate::decompress_to_vec(&bytes[begins..begins + packed]).unwrap();
        assert_eq!(text, b"more of the same ".repeat(50));
        assert_eq!(&bytes[bytes.len() - 22..][..4], b"PK\x05\x06");
        assert!(!bytes.windows(4).any(|four| four == b"PK\x06\x06"), "a small archive has no wide fields");
    }

    #[test]
    fn more_members_than_the_narrow_count_holds_are_counted_in_the_wide_one() {
        let mut zip = Zip::new(Vec::new());
        for index in 0..70_000 {
            zip.add(&format!("{index}"), b"").unwrap();
        }
        let bytes = zip.finish().unwrap();
        let (narrow, locator) = (bytes.len() - 22, bytes.len() - 42);
        assert_eq!(
            (&bytes[narrow..narrow + 4], number(&bytes, narrow + 10, 2)),
            (&b"PK\x05\x06"[..], 0xffff)
        );
        assert_eq!(&bytes[locator..locator + 4], b"PK\x06\x07");
        let wide = number(&bytes, locator + 8, 8) as usize;
        assert_eq!((&bytes[wide..wide + 4], number(&bytes, wide + 32, 8)), (&b"PK\x06\x06"[..], 70_000));
        let (size, begins) = (number(&bytes, wide + 40, 8) as usize, number(&bytes, wide + 48, 8) as usize);
        assert_eq!((begins + size, &bytes[begins..begins + 4]), (wide, &b"PK\x01\x02"[..]));
    }

    #[test]
    fn a_member_beyond_4_gib_is_found_by_a_wide_offset() {
        let mut zip = Zip::new(Vec::new());
        zip.written = 5 << 30;
        zip.add("far.json", b"{}").unwrap();
        let entry = zip.members[0].entry();
        assert_eq!((number(&entry, 42, 4), number(&entry, 30, 2)), (u64::from(WIDE), 12));
        let extra = 46 + "far.json".len();
        assert_eq!((&entry[extra..extra + 4], number(&entry, extra + 4, 8)), (&WIDE_OFFSET[..], 5 << 30));
        let bytes = zip.finish().unwrap();
        assert!(bytes.windows(4).any(|four| four == b"PK\x06\x06"));
    }
}
