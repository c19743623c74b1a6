namespace Tenon.Safetensors;

/// <summary>Entry of a tensor in the header of a safetensors file.</summary>
/// <param name="DType">Type of the elements.</param>
/// <param name="Shape">Size of each dimension; empty for a scalar.</param>
/// <param name="Begin">First byte of the data, counted from the end of the header.</param>
/// <param name="End">First byte after the data, counted from the end of the header.</param>
public sealed record SafetensorInfo(SafetensorsDType DType, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Length of the data in bytes.</summary>
    public long Length => End - Begin;
}
