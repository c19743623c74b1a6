namespace Tenon.Safetensors;

/// <summary>The element types that the safetensors format names.</summary>
/// <remarks>
/// The order is that of the reference implementation, which writes tensors in descending order, so that each tensor is aligned to
/// its element size.
/// </remarks>
public enum SafetensorsDType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>4-bit float; two elements per byte.</summary>
    F4,

    /// <summary>6-bit float, 2 bits of exponent and 3 of mantissa.</summary>
    F6_E2M3,

    /// <summary>6-bit float, 3 bits of exponent and 2 of mantissa.</summary>
    F6_E3M2,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>8-bit float, 5 bits of exponent and 2 of mantissa.</summary>
    F8_E5M2,

    /// <summary>8-bit float, 4 bits of exponent and 3 of mantissa.</summary>
    F8_E4M3,

    /// <summary>8-bit power of two: a scale.</summary>
    F8_E8M0,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>bfloat16: the upper half of a single-precision number.</summary>
    BF16,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>Complex number of two single-precision parts.</summary>
    C64,

    /// <summary>IEEE 754 double precision.</summary>
    F64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}
