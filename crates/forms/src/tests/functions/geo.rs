//! Places on Earth. Values: what JavaRosa gives (ODK Validate of pyxform 4.5, Java 17) unless the source says otherwise.

use super::Group;

pub(super) const VECTORS: &[Group] = &[
    (
        "ODK XForms fn:distance; JavaRosa GeoUtils.calculateDistance",
        &[
            ("distance(${trace})", "31390.788220265895"),
            ("distance(${shape})", "53654.55722453506"),
            ("distance(${point})", "0"),
            ("distance(/data/people/place)", "31390.788220265895"),
            ("distance(/data/people[age=4]/place)", "0"),
            ("distance(/data/people[age=400]/place)", "0"),
            ("distance('-6.2 106.8;-6.3 106.9')", "15696.145602386605"),
            ("distance('-6.2 106.8; -6.3 106.9;')", "15696.145602386605"),
            ("distance('-6.2 106.8','-6.3 106.9')", "15696.145602386605"),
            ("distance(${point}, '-6.3 106.9')", "15696.145602386605"),
            ("distance('-6.2 106.8;-6.2001 106.8')", "11.131986344010164"),
            ("distance('-6.2')", "0"),
            ("distance('')", "0"),
            ("distance(${nothing})", "0"),
            ("distance('0 0;0 180')", "2.003739210386106E7"),
            ("distance('1 2;1 2')", "0"),
        ],
    ),
    (
        "ODK XForms fn:area; JavaRosa GeoUtils.calculateAreaOfGPSPolygonOnEarthInSquareMeters",
        &[
            ("area(${shape})", "1.2317050109849961E8"),
            ("area(${trace})", "1.2317050109849961E8"),
            ("area(${point})", "0"),
            ("area(${nothing})", "0"),
            ("area(/data/people/place)", "1.2317050109849961E8"),
            ("area(/data/people[age=4]/place)", "0"),
            ("enclosed-area(${shape})", "1.2317050109849961E8"),
        ],
    ),
    (
        "ODK documentation, geofence; JavaRosa GeoUtils.calculateIsPointInGPSPolygon",
        &[
            ("geofence('-6.3 106.82', ${shape})", "1"),
            ("geofence('-6.3 106.92', ${shape})", "0"),
            ("geofence('-6.21 106.8 0 0', ${shape})", "1"),
            ("geofence(${point}, ${shape})", "0"),
            ("geofence(${nothing}, ${shape})", "0"),
            ("geofence(${point}, ${nothing})", "0"),
            ("geofence('-6.3 106.82', /data/people/place)", "1"),
        ],
    ),
    (
        "ODK documentation, intersects; ODK Collect 2026 (Trace.intersects)",
        &[
            (
                "intersects('1 1 0 0; 1 3 0 0; 2 3 0 0; 2 2 0 0; 0 2 0 0')",
                "1",
            ),
            ("intersects(${trace})", "0"),
            ("intersects(${shape})", "0"),
            ("intersects(${nothing})", "0"),
            ("intersects('blah')", "0"),
            ("intersects('0 0; 0 2; 0 1')", "1"),
            ("intersects('0 0; 0 1; 0 2')", "0"),
            ("intersects('0 0; 0 1; 1 1; 0 0')", "0"),
            ("intersects('0 0; 1 1; 1 0; 0 1; 0 0')", "1"),
            ("intersects('0 0; 0 2; 1 1; 0 1')", "1"),
            ("intersects('0 0; 0 0; 0 1')", "0"),
            ("intersects('0 0; 0 1')", "0"),
            ("intersects('0 0;0 1;1 1;1 0')", "0"),
            ("intersects('0 0;0 1;0 0')", "1"),
        ],
    ),
];
