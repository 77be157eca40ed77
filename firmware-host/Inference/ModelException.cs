namespace Edge.Inference;

/// <summary>A model package, or the runtime that it needs, cannot be used. The message names the file and the field, what was found and what is allowed.</summary>
public sealed class ModelException : Exception
{
    /// <summary>An empty reason.</summary>
    public ModelException()
    {
    }

    /// <summary>With a reason.</summary>
    public ModelException(string message)
        : base(message)
    {
    }

    /// <summary>With a reason and what caused it.</summary>
    public ModelException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
