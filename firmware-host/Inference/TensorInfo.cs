using Microsoft.ML.OnnxRuntime.Tensors;

namespace Edge.Inference;

/// <summary>An input or output as the graph declares it.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Dimensions">Sizes; -1 where free.</param>
/// <param name="Names">Names of the free dimensions, empty for the fixed ones.</param>
public sealed record TensorInfo(TensorElementType Type, IReadOnlyList<int> Dimensions, IReadOnlyList<string> Names)
{
    /// <summary>A shape with every free dimension taken from <paramref name="sizes"/> by its name, else 1.</summary>
    public long[] Resolve(IReadOnlyDictionary<string, int>? sizes)
    {
        var shape = new long[Dimensions.Count];
        for (var i = 0; i < shape.Length; i++)
            shape[i] = Dimensions[i] >= 0 ? Dimensions[i] : sizes?.GetValueOrDefault(Names[i], 1) ?? 1;
        return shape;
    }

    /// <summary>True when the tensor's type, rank and fixed dimensions are as declared.</summary>
    public bool Accepts(NativeTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Type != Type || tensor.Shape.Count != Dimensions.Count)
            return false;
        for (var i = 0; i < Dimensions.Count; i++)
        {
            if (Dimensions[i] >= 0 && Dimensions[i] != tensor.Shape[i])
                return false;
        }

        return true;
    }

    /// <summary>E.g. <c>Float [1, sequence_length, 576]</c>.</summary>
    public override string ToString() =>
        $"{Type} [{string.Join(", ", Dimensions.Select((d, i) => d >= 0 ? $"{d}" : Names[i].Length > 0 ? Names[i] : "?"))}]";
}
