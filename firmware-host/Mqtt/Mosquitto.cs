using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Edge.Mqtt;

/// <summary>libmosquitto 2.0 (mosquitto.h, mqtt_protocol.h): what <see cref="MqttClient"/> uses of it.</summary>
internal static unsafe partial class Mosquitto
{
    internal const int OptionProtocolVersion = 1; // MOSQ_OPT_PROTOCOL_VERSION
    internal const int OptionTcpNoDelay = 11; // MOSQ_OPT_TCP_NODELAY
    internal const int LogError = 8; // MOSQ_LOG_ERR
    internal const int Protocol5 = 5; // MQTT_PROTOCOL_V5

    internal const int PropertyMessageExpiry = 2; // MQTT_PROP_MESSAGE_EXPIRY_INTERVAL
    internal const int PropertyContentType = 3; // MQTT_PROP_CONTENT_TYPE
    internal const int PropertyResponseTopic = 8; // MQTT_PROP_RESPONSE_TOPIC
    internal const int PropertyCorrelationData = 9; // MQTT_PROP_CORRELATION_DATA
    internal const int PropertyMaximumPacketSize = 39; // MQTT_PROP_MAXIMUM_PACKET_SIZE

    private const string Library = "libmosquitto.so.1";

    [LibraryImport(Library, EntryPoint = "mosquitto_lib_init")]
    internal static partial int Initialise();

    [LibraryImport(Library, EntryPoint = "mosquitto_new", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint New(string clientId, byte cleanStart, nint context);

    [LibraryImport(Library, EntryPoint = "mosquitto_destroy")]
    internal static partial void Destroy(nint client);

    [LibraryImport(Library, EntryPoint = "mosquitto_int_option")]
    internal static partial int SetOption(nint client, int option, int value);

    [LibraryImport(Library, EntryPoint = "mosquitto_threaded_set")]
    internal static partial int SetThreaded(nint client, byte threaded);

    [LibraryImport(Library, EntryPoint = "mosquitto_tls_set", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SetTls(
        nint client, string? caFile, string? caFolder, string? certFile, string? keyFile, delegate* unmanaged[Cdecl]<byte*, int, int, nint, int> password);

    [LibraryImport(Library, EntryPoint = "mosquitto_will_set_v5")]
    internal static partial int SetWill(nint client, byte* topic, int length, byte* payload, int qos, byte retain, nint properties);

    [LibraryImport(Library, EntryPoint = "mosquitto_connect_bind_v5", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Connect(nint client, string host, int port, int keepAliveSeconds, string? bindAddress, nint properties);

    [LibraryImport(Library, EntryPoint = "mosquitto_disconnect")]
    internal static partial int Disconnect(nint client);

    [LibraryImport(Library, EntryPoint = "mosquitto_loop")]
    internal static partial int Loop(nint client, int timeoutMs, int maxPackets);

    [LibraryImport(Library, EntryPoint = "mosquitto_subscribe_v5")]
    internal static partial int Subscribe(nint client, int* messageId, byte* topic, int qos, int options, nint properties);

    [LibraryImport(Library, EntryPoint = "mosquitto_publish_v5")]
    internal static partial int Publish(nint client, int* messageId, byte* topic, int length, byte* payload, int qos, byte retain, nint properties);

    [LibraryImport(Library, EntryPoint = "mosquitto_connect_v5_callback_set")]
    internal static partial void OnConnect(nint client, delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> callback);

    [LibraryImport(Library, EntryPoint = "mosquitto_disconnect_v5_callback_set")]
    internal static partial void OnDisconnect(nint client, delegate* unmanaged[Cdecl]<nint, nint, int, nint, void> callback);

    [LibraryImport(Library, EntryPoint = "mosquitto_message_v5_callback_set")]
    internal static partial void OnMessage(nint client, delegate* unmanaged[Cdecl]<nint, nint, Message*, nint, void> callback);

    [LibraryImport(Library, EntryPoint = "mosquitto_publish_v5_callback_set")]
    internal static partial void OnPublish(nint client, delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> callback);

    [LibraryImport(Library, EntryPoint = "mosquitto_log_callback_set")]
    internal static partial void OnLog(nint client, delegate* unmanaged[Cdecl]<nint, nint, int, byte*, void> callback);

    [LibraryImport(Library, EntryPoint = "mosquitto_strerror")]
    private static partial nint ErrorText(int code);

    [LibraryImport(Library, EntryPoint = "mosquitto_reason_string")]
    private static partial nint ReasonText(int code);

    [LibraryImport(Library, EntryPoint = "mosquitto_property_add_int32")]
    internal static partial int AddInt32(nint* properties, int identifier, uint value);

    [LibraryImport(Library, EntryPoint = "mosquitto_property_add_string", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int AddString(nint* properties, int identifier, string value);

    [LibraryImport(Library, EntryPoint = "mosquitto_property_add_binary")]
    internal static partial int AddBinary(nint* properties, int identifier, byte* value, ushort length);

    [LibraryImport(Library, EntryPoint = "mosquitto_property_free_all")]
    internal static partial void FreeProperties(nint* properties);

    [LibraryImport(Library, EntryPoint = "mosquitto_property_read_string")]
    private static partial nint ReadString(nint properties, int identifier, byte** value, byte skipFirst);

    [LibraryImport(Library, EntryPoint = "mosquitto_property_read_binary")]
    private static partial nint ReadBinary(nint properties, int identifier, byte** value, ushort* length, byte skipFirst);

    /// <summary>A string property; empty when it is not there.</summary>
    internal static string StringProperty(nint properties, int identifier)
    {
        byte* value = null;
        if (properties == 0 || ReadString(properties, identifier, &value, 0) == 0 || value == null)
            return "";
        var text = Marshal.PtrToStringUTF8((nint)value) ?? "";
        NativeMemory.Free(value);
        return text;
    }

    /// <summary>A binary property; empty when it is not there.</summary>
    internal static byte[] BinaryProperty(nint properties, int identifier)
    {
        byte* value = null;
        ushort length = 0;
        if (properties == 0 || ReadBinary(properties, identifier, &value, &length, 0) == 0 || value == null)
            return [];
        var bytes = new ReadOnlySpan<byte>(value, length).ToArray();
        NativeMemory.Free(value);
        return bytes;
    }

    /// <summary>What a return code of the library means.</summary>
    internal static string Describe(int code) => Marshal.PtrToStringUTF8(ErrorText(code)) ?? $"error {code}";

    /// <summary>What a reason code of the broker means.</summary>
    internal static string DescribeReason(int code) => Marshal.PtrToStringUTF8(ReasonText(code)) ?? $"reason {code}";

    /// <summary>struct mosquitto_message.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Message
    {
        public int Id;
        public byte* Topic;
        public byte* Payload;
        public int Length;
        public int Qos;
        public byte Retain;
    }
}
