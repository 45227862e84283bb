//! Digests, Base64 and signed texts. Values: what JavaRosa gives (ODK Validate of pyxform 4.5, Java 17) unless the source says otherwise.

use super::Group;

pub(super) const VECTORS: &[Group] = &[
    (
        "ODK XForms fn:digest; JavaRosa DigestAlgorithm, Encoding",
        &[
            ("digest('hello', 'MD5')", "XUFAKrxLKna5cZ2REBfFkg=="),
            (
                "digest('hello', 'md5', 'hex')",
                "5d41402abc4b2a76b9719d911017c592",
            ),
            (
                "digest('hello', 'SHA-1', 'hex')",
                "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
            ),
            (
                "digest('hello', 'SHA-256', 'hex')",
                "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            ),
            (
                "digest('hello', 'sha384', 'base64')",
                "WeF0h3dEjGnea4ANejO7+5/xtGPkQ1TDVTvNucZm+pASWjx5+QOXvfX2oT3oKGhP",
            ),
            (
                "digest('hello', 'SHA-512', 'HEX')",
                "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043",
            ),
            (
                "digest('héllo', 'SHA-256')",
                "PEhZHY0JikU49eAT389AbpSOrE0yd7EL9hTildYGgXk=",
            ),
            (
                "digest('', 'MD5', 'hex')",
                "d41d8cd98f00b204e9800998ecf8427e",
            ),
            (
                "digest(5, 'MD5', 'hex')",
                "e4da3b7fbbce2345d7772b0674a318d5",
            ),
        ],
    ),
    (
        "ODK XForms fn:base64-decode; JavaRosa Base64.decode",
        &[
            ("base64-decode('aGVsbG8=')", "hello"),
            ("base64-decode('aGVsbG8')", ""),
            ("base64-decode('aGVs bG8=')", "hello"),
            ("base64-decode('aGVs-bG8=')", "hello"),
            ("base64-decode('w6k=')", "é"),
            ("base64-decode('/w==')", "�"),
            ("base64-decode('aGVsbG9=')", "hello"),
            ("base64-decode('')", ""),
        ],
    ),
    (
        "ODK documentation, extract-signed; JavaRosa Ed25519 (key and signature made by java.security)",
        &[
            (
                "extract-signed('CSPQVfc+EH+1wIEzVcbjeH/b87oqRt/Ribx87uVpw4tlGOpUIdcthCLUzNNdLWxnffjxR/J48bDS8ccMnUdkDXsibmFtYSI6IlNpdGkifQ==', 'KRMRrAIsAe6y0ya5V7a78TMfooQ8m0WjbTr/U0ROr8E=')",
                "{\"nama\":\"Siti\"}",
            ),
            (
                "extract-signed('CSPQVfc+EH+1wIEzVcbjeH/b87oqRt/Ribx87uVpw4tlGOpUIdcthCLUzNNdLWxnffjxR/J48bDS8ccMnUdkDXsibmFtYSI6IlNpdGkifR==', 'KRMRrAIsAe6y0ya5V7a78TMfooQ8m0WjbTr/U0ROr8E=')",
                "{\"nama\":\"Siti\"}",
            ),
            (
                "extract-signed('CSPQVfc+EH+1wIEzVcbjeH/b87oqRt/Ribx87uVpw4tlGOpUIdcthCLUzNNdLWxnffjxR/J48bDS8ccMnUdkDXsibmFtYSI6IlNpdGkjfQ==', 'KRMRrAIsAe6y0ya5V7a78TMfooQ8m0WjbTr/U0ROr8E=')",
                "",
            ),
            (
                "extract-signed('CSPQVfc+EH+1wIEzVcbjeH/b87oqRt/Ribx87uVpw4tlGOpUIdcthCLUzNNdLWxnffjxR/J48bDS8ccMnUdkDXsibmFtYSI6IlNpdGkifQ==', 'KRMRrAIsAe6y0ya5V7a78TMfooQ8m0WjbTr/U0ROr8A=')",
                "",
            ),
            (
                "extract-signed('CSPQVfc+EH+1wIEzVcbjeH/b87oqRt/Ribx87uVpw4tlGOpUIdcthCLUzNNdLWxnffjxR/J48bDS8ccMnUdkDXsibmFtYSI6IlNpdGkifQ==', 'KRMR')",
                "",
            ),
            ("extract-signed('', '')", ""),
            ("extract-signed(${word}, ${word})", ""),
        ],
    ),
];
