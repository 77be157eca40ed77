namespace Edge.Mqtt;

/// <summary>A received message; valid only during the call that hands it over.</summary>
public readonly ref struct MqttMessage
{
    /// <summary>Topic, UTF-8.</summary>
    public required ReadOnlySpan<byte> Topic { get; init; }

    /// <summary>Payload.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>It was stored by the broker, not sent now.</summary>
    public bool Retained { get; init; }

    /// <summary>Where an answer is wanted (MQTT 5); empty for nowhere.</summary>
    public string ResponseTopic { get; init; }

    /// <summary>What the answer has to carry unchanged (MQTT 5).</summary>
    public byte[] CorrelationData { get; init; }
}

/// <summary>What a client does with what comes. Called on the client's own thread, one call at a time.</summary>
public interface IMqttHandler
{
    /// <summary>The broker accepted the connection, for the first time or again: subscribe here.</summary>
    void OnConnected();

    /// <summary>The connection is gone or was refused; the client tries again by itself.</summary>
    void OnDisconnected(string reason);

    /// <summary>A message arrived.</summary>
    void OnMessage(in MqttMessage message);
}
