using System.Globalization;
using System.Text;

namespace Edge.Hil.Data;

/// <summary>Writes an array of bytes as a NumPy file (format 1.0), one item after the other; the count in the header is set when it is closed.</summary>
public sealed class NpyWriter : IDisposable
{
    private const int HeaderBytes = 128;

    private readonly FileStream _file;
    private readonly string _itemShape;
    private readonly int _itemBytes;

    /// <summary>Opens a file for items of this shape.</summary>
    public NpyWriter(string path, params int[] itemShape)
    {
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 20);
        _itemShape = string.Join(", ", itemShape.Select(n => n.ToString(CultureInfo.InvariantCulture)));
        _itemBytes = itemShape.Aggregate(1, (a, b) => a * b);
        WriteHeader();
    }

    /// <summary>Items written.</summary>
    public int Count { get; private set; }

    /// <summary>Appends one item.</summary>
    public void Append(ReadOnlySpan<byte> item)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(item.Length, _itemBytes, nameof(item));
        _file.Write(item);
        Count++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Position = 0;
        WriteHeader();
        _file.Dispose();
    }

    private void WriteHeader()
    {
        var dictionary = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({Count}, {_itemShape}), }}");
        ReadOnlySpan<byte> magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, HeaderBytes - 10, 0];
        _file.Write(magic);
        _file.Write(Encoding.ASCII.GetBytes(dictionary.PadRight(HeaderBytes - 11) + "\n"));
    }
}
