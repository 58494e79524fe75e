// Package xenc encrypts one XML element for a reader and decrypts it again (XTA 2.1.1 GenericContentContainer: xenc:EncryptedData in the
// place of the ContentContainer). It knows exactly one way and refuses every other by name:
//
//	content  http://www.w3.org/2009/xmlenc11#aes256-gcm (a fresh key for each message; IV of 12 bytes || ciphertext || tag)
//	key      http://www.w3.org/2009/xmlenc11#rsa-oaep with SHA-256 and http://www.w3.org/2009/xmlenc11#mgf1sha256
//	names    ds:X509Data with the reader's whole certificate in the KeyInfo of the EncryptedKey
//
// There is no signature: mutual TLS and the directory say who sends. The octets of the CipherValue stand apart from the element
// around them, so that they travel as a part of their own (MTOM) and are never copied as text.
//
// Everything here is pure: no disk, no clock, no network. Where certificates and keys come from is the business of the callers.
package xenc
