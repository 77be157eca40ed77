using System.Text;

namespace Edge.Mqtt;

/// <summary>A topic with its UTF-8 form, made once, so that publishing allocates nothing.</summary>
public sealed class MqttTopic
{
    /// <summary>Makes the topic.</summary>
    public MqttTopic(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        Utf8 = new byte[Encoding.UTF8.GetByteCount(name) + 1];
        Encoding.UTF8.GetBytes(name, Utf8);
    }

    /// <summary>The topic.</summary>
    public string Name { get; }

    /// <summary>With its closing zero, as C wants it.</summary>
    internal byte[] Utf8 { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Whether a received topic is this one.</summary>
    internal bool Matches(ReadOnlySpan<byte> topic) => topic.SequenceEqual(Utf8.AsSpan(0, Utf8.Length - 1));
}
