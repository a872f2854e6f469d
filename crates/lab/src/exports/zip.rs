//! Zip: archives of deflated members, written as they come. Enough for `.eval` files: no encryption, under 4 GiB.

use std::io::{self, Write};

/// The level at which text shrinks to a third for little time.
const LEVEL: u8 = 6;

/// No archive is larger, bytes: beyond it the format needs fields that this writer does not write.
const BYTES_MAX: u64 = u32::MAX as u64;

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
    at: u32,
}

impl<W: Write> Zip<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, written: 0, members: Vec::new() }
    }

    /// Adds a member.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let packed = miniz_oxide::deflate::compress_to_vec(bytes, LEVEL);
        let too_large =
            || io::Error::other("an archive of more than 4 GiB cannot be written; export fewer episodes");
        let at = u32::try_from(self.written).map_err(|_| too_large())?;
        let size = u32::try_from(bytes.len()).map_err(|_| too_large())?;
        if self.written + packed.len() as u64 > BYTES_MAX {
            return Err(too_large());
        }
        let member =
            Member { name: name.to_owned(), crc: crc32(bytes), packed: packed.len() as u32, size, at };
        let mut header = b"PK\x03\x04".to_vec();
        header.extend(member.fields());
        header.extend(0_u16.to_le_bytes());
        header.extend(name.as_bytes());
        self.put(&header)?;
        self.put(&packed)?;
        self.members.push(member);
        Ok(())
    }

    /// Writes the directory and gives the output back.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let begins = self.written;
        for member in std::mem::take(&mut self.members) {
            let mut entry = b"PK\x01\x02\x14\0".to_vec();
            entry.extend(member.fields());
            // No extra field, no comment, first disk, no attributes.
            entry.extend([0; 12]);
            entry.extend(member.at.to_le_bytes());
            entry.extend(member.name.as_bytes());
            self.put(&entry)?;
            self.members.push(member);
        }
        let count = u16::try_from(self.members.len())
            .map_err(|_| io::Error::other("an archive of more than 65,535 members cannot be written"))?;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend(count.to_le_bytes());
        end.extend(count.to_le_bytes());
        end.extend(((self.written - begins) as u32).to_le_bytes());
        end.extend((begins as u32).to_le_bytes());
        end.extend([0; 2]);
        self.put(&end)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }
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
}

/// The checksum of the format (CRC-32, reflected, polynomial 0xEDB88320).
pub(super) fn crc32(bytes: &[u8]) -> u32 {
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
    !bytes.iter().fold(u32::MAX, |crc, byte| (crc >> 8) ^ TABLE[((crc ^ u32::from(*byte)) & 255) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_formats() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn members_can_be_unpacked_from_where_the_directory_says() {
        let mut zip = Zip::new(Vec::new());
        zip.add("first.json", b"{}").unwrap();
        zip.add("folder/second.json", "more of the same ".repeat(50).as_bytes()).unwrap();
        let at = zip.members[1].at as usize;
        let packed = zip.members[1].packed as usize;
        let bytes = zip.finish().unwrap();
        let begins = at + 30 + "folder/second.json".len();
        assert_eq!(&bytes[at..at + 4], b"PK\x03\x04");
        let text = miniz_oxide::inflate::decompress_to_vec(&bytes[begins..begins + packed]).unwrap();
        assert_eq!(text.len(), 850);
        assert_eq!(&bytes[bytes.len() - 22..][..4], b"PK\x05\x06");
    }
}
