using Edge.Robots;

namespace Edge.Machine;

/// <summary>Whether the MQTT broker, through which tasks come, can be reached.</summary>
public sealed class BrokerCheck(MqttDescription mqtt) : IMachineCheck
{
    /// <inheritdoc/>
    public string Name => "broker";

    /// <inheritdoc/>
    public Finding Look() => TcpProbe.Connect(mqtt.Host, mqtt.Port) is { } error
        ? Finding.Fail($"{mqtt.Host}:{mqtt.Port}: {error}", mqtt.Host is "127.0.0.1" or "::1" or "localhost" ? "sudo systemctl enable --now mosquitto" : $"ping {mqtt.Host}: is the broker on?")
        : Finding.Ok($"{mqtt.Host}:{mqtt.Port} answers");
}
