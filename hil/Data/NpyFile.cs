using System.Runtime.InteropServices;
using System.Text;

namespace Edge.Hil.Data;

/// <summary>Writes arrays as NumPy reads them (format 1.0, little-endian, C order), from lists that grow by whole samples.</summary>
internal static class NpyFile
{
    public static void Write<T>(string path, ReadOnlySpan<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        long count = 1;
        foreach (var extent in shape)
            count *= extent;
        if (count != values.Length)
            throw new ArgumentException($"{path}: {values.Length} values do not fill the shape of {count}.", nameof(values));
        using var file = File.Create(path);
        var text = $"{{'descr': '{Descriptor<T>()}', 'fortran_order': False, 'shape': ({string.Join(", ", shape.ToArray())}{(shape.Length == 1 ? "," : "")}), }}";
        // Magic and length take 10 bytes; the whole header ends in a line feed at a multiple of 64.
        var padded = (((10 + text.Length + 1 + 63) / 64) * 64) - 10;
        file.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)padded, (byte)(padded >> 8)]);
        file.Write(Encoding.ASCII.GetBytes(text.PadRight(padded - 1) + "\n"));
        // A span of bytes holds at most 2 GiB: larger arrays go in pieces.
        const int piece = 1 << 26;
        for (var start = 0; start < values.Length; start += piece)
            file.Write(MemoryMarshal.AsBytes(values.Slice(start, Math.Min(piece, values.Length - start))));
    }

    public static void Write<T>(string path, List<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged =>
        Write<T>(path, CollectionsMarshal.AsSpan(values), shape);

    /// <summary>The room of some more values at a list's end.</summary>
    public static Span<T> Grow<T>(this List<T> list, int count)
    {
        CollectionsMarshal.SetCount(list, list.Count + count);
        return CollectionsMarshal.AsSpan(list)[^count..];
    }

    private static string Descriptor<T>() =>
        typeof(T) == typeof(float) ? "<f4" : typeof(T) == typeof(int) ? "<i4" : typeof(T) == typeof(byte) ? "|u1"
        : throw new NotSupportedException($"No NumPy descriptor for {typeof(T)}.");
}
