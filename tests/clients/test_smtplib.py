"""Python's smtplib against the sink. It sends bytes unchanged, with dots doubled, and text with CRLF line ends."""

import email.generator
import email.message
import io
import smtplib
import ssl

import pytest

from conftest import USERS
from samples import SAMPLES, large
from sink_process import PATIENCE

SENDER = "a@client.example"
RECIPIENT = "bob@mx.example"


def connect(sink, kind=smtplib.SMTP):
    return kind("127.0.0.1", sink.port, local_hostname="client.example", timeout=PATIENCE)


def trusting(certificate):
    return ssl.create_default_context(cafile=certificate.path)


@pytest.mark.parametrize("name", SAMPLES)
def test_stores_each_sample_octet_for_octet(sink, name):
    with connect(sink) as client:
        assert client.sendmail(SENDER, [RECIPIENT], SAMPLES[name], ["BODY=8BITMIME"]) == {}
    stored = sink.only_message()
    assert stored.content == SAMPLES[name]
    assert (stored.sender, stored.recipients) == (SENDER, [RECIPIENT])


def test_many_messages_over_one_connection_stay_apart(sink):
    with connect(sink) as client:
        for name, content in SAMPLES.items():
            client.sendmail(f"{name}@client.example", [f"{name}@mx.example"], content, ["BODY=8BITMIME"])
    assert [(m.sender, m.recipients, m.content) for m in sink.messages()] == [
        (f"{name}@client.example", [f"{name}@mx.example"], content) for name, content in SAMPLES.items()
    ]


def test_ehlo_lists_what_the_sink_offers(secure_sink):
    with connect(secure_sink) as client:
        code, text = client.ehlo()
        assert code == 250
        assert text.split(b"\n")[0].split(b" ")[0] == b"sink.example"
        offered = set(client.esmtp_features)
    assert offered >= {
        "pipelining", "size", "8bitmime", "smtputf8", "chunking", "binarymime", "enhancedstatuscodes", "dsn", "starttls"
    }


def test_helo_gets_a_plain_smtp_session(sink):
    with connect(sink) as client:
        assert client.helo("old.example")[0] == 250
        assert client.esmtp_features == {}
        client.sendmail(SENDER, [RECIPIENT], SAMPLES["dots"])
    stored = sink.only_message()
    assert stored.content == SAMPLES["dots"]
    assert (stored.envelope["protocol"], stored.envelope["helo"]) == ("SMTP", "old.example")


def test_ehlo_gets_an_esmtp_session(sink):
    with connect(sink) as client:
        client.sendmail(SENDER, [RECIPIENT], SAMPLES["short"])
    envelope = sink.only_message().envelope
    assert (envelope["protocol"], envelope["helo"]) == ("ESMTP", "client.example")
    assert (envelope["tls"], envelope["auth"]) == (False, None)


def test_the_null_sender_is_stored_as_empty(sink):
    with connect(sink) as client:
        client.sendmail("", [RECIPIENT], SAMPLES["short"])
    assert sink.only_message().sender == ""


def test_send_message_arrives_as_it_was_composed(sink):
    message = email.message.EmailMessage()
    message["From"] = f"Alice <{SENDER}>"
    message["To"] = "Bob <bob@mx.example>, carol@mx.example"
    message["Subject"] = "Grüße"
    message.set_content("Zeile\n.\n..dot\nEnde.\n")
    message.add_attachment(bytes(range(256)), maintype="application", subtype="octet-stream", filename="octets")
    message.set_boundary("=_frontier")
    with connect(sink) as client:
        assert client.send_message(message) == {}
    stored = sink.only_message()
    sent = io.BytesIO()
    email.generator.BytesGenerator(sent).flatten(message, linesep="\r\n")
    assert stored.content == sent.getvalue()
    assert stored.recipients == [RECIPIENT, "carol@mx.example"]


def test_text_with_bare_line_feeds_arrives_with_crlf(sink):
    # smtplib itself changes them, and only in text.
    with connect(sink) as client:
        client.sendmail(SENDER, [RECIPIENT], "Subject: x\n\n.\nhello\n..\n")
    assert sink.only_message().content == b"Subject: x\r\n\r\n.\r\nhello\r\n..\r\n"


def test_bytes_with_a_bare_line_feed_are_refused(sink):
    with connect(sink) as client:
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail(SENDER, [RECIPIENT], b"Subject: x\r\n\r\nbare\nline feed\r\n")
        assert refusal.value.smtp_code == 550
        client.sendmail(SENDER, [RECIPIENT], SAMPLES["short"])
    assert sink.only_message().content == SAMPLES["short"]


def test_recipients_are_stored_in_the_order_given(sink):
    recipients = [f"{name}@mx.example" for name in ("zoe", "adam", "zoe+tag", "mid", "Adam")]
    with connect(sink) as client:
        client.sendmail(SENDER, recipients, SAMPLES["short"])
    assert sink.only_message().recipients == recipients


def test_parameters_reach_the_envelope(sink):
    with connect(sink) as client:
        client.sendmail(
            SENDER,
            [RECIPIENT],
            SAMPLES["short"],
            ["RET=HDRS", "ENVID=QQ+2B314159"],
            ["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;Bob@mx.example"],
        )
    stored = sink.only_message()
    # smtplib adds SIZE if it is offered; it counts without the doubled dots.
    assert stored.mail_parameters == {"SIZE": str(len(SAMPLES["short"])), "RET": "HDRS", "ENVID": "QQ+2B314159"}
    assert stored.rcpt_parameters == [{"NOTIFY": "SUCCESS,DELAY", "ORCPT": "rfc822;Bob@mx.example"}]


def test_utf8_addresses_are_stored_as_sent(sink):
    sender, recipient = "jürgen@bücher.example", "用户@例子.example"
    content = "Subject: Grüße\r\nFrom: jürgen@bücher.example\r\n\r\nΓειά\r\n".encode()
    with connect(sink) as client:
        client.sendmail(sender, [recipient], content, ["SMTPUTF8", "BODY=8BITMIME"])
    stored = sink.only_message()
    assert (stored.sender, stored.recipients, stored.content) == (sender, [recipient], content)
    assert stored.envelope["protocol"] == "UTF8SMTP"


def test_a_utf8_address_without_smtputf8_is_refused(sink):
    with connect(sink) as client:
        client.command_encoding = "utf-8"
        client.ehlo()
        assert client.docmd("MAIL", "FROM:<jürgen@client.example>")[0] == 553
        client.sendmail(SENDER, [RECIPIENT], SAMPLES["short"])


def test_starttls_then_a_message(secure_sink, certificate):
    with connect(secure_sink) as client:
        client.starttls(context=trusting(certificate))
        client.ehlo()
        assert not client.has_extn("starttls")
        client.sendmail(SENDER, [RECIPIENT], SAMPLES["borders-1"], ["BODY=8BITMIME"])
    stored = secure_sink.only_message()
    assert stored.content == SAMPLES["borders-1"]
    assert (stored.envelope["protocol"], stored.envelope["tls"]) == ("ESMTPS", True)


def test_four_mebibytes_over_tls(secure_sink, certificate):
    content = large(4 << 20)
    with connect(secure_sink) as client:
        client.starttls(context=trusting(certificate))
        client.sendmail(SENDER, [RECIPIENT], content)
    assert secure_sink.only_message().content == content


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("initial_response", [True, False])
def test_login_with_each_mechanism(secure_sink, certificate, mechanism, initial_response):
    with connect(secure_sink) as client:
        client.starttls(context=trusting(certificate))
        client.ehlo()
        assert mechanism in client.esmtp_features["auth"].split()
        # smtplib allows only ASCII passwords; tests of other clients use the other password.
        client.user, client.password = "alice", USERS["alice"]
        responses = {"PLAIN": client.auth_plain, "LOGIN": client.auth_login}[mechanism]
        assert client.auth(mechanism, responses, initial_response_ok=initial_response)[0] == 235
        client.sendmail(SENDER, [RECIPIENT], SAMPLES["short"])
    envelope = secure_sink.only_message().envelope
    assert (envelope["auth"], envelope["protocol"]) == ("alice", "ESMTPSA")


def test_login_with_a_wrong_password_is_refused(secure_sink, certificate):
    with connect(secure_sink) as client:
        client.starttls(context=trusting(certificate))
        with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
            client.login("alice", "looking-glass")
        assert refusal.value.smtp_code == 535
        client.login("alice", USERS["alice"])


def test_lmtp_class_with_one_recipient(lmtp_sink):
    with connect(lmtp_sink, smtplib.LMTP) as client:
        client.sendmail(SENDER, [RECIPIENT], SAMPLES["dots"])
    stored = lmtp_sink.only_message()
    assert stored.content == SAMPLES["dots"]
    assert (stored.envelope["protocol"], stored.recipients) == ("LMTP", [RECIPIENT])


def test_lmtp_gives_a_reply_for_each_recipient(lmtp_sink):
    recipients = [RECIPIENT, "carol@mx.example", "dave@mx.example"]
    with connect(lmtp_sink, smtplib.LMTP) as client:
        client.sendmail(SENDER, recipients, SAMPLES["dots"])
        # smtplib reads only the reply of the first recipient.
        assert [client.getreply()[0] for _ in recipients[1:]] == [250, 250]
        assert client.noop()[0] == 250
    stored = lmtp_sink.only_message()
    assert (stored.content, stored.recipients) == (SAMPLES["dots"], recipients)


def test_lmtp_refuses_ehlo_and_helo(lmtp_sink):
    with connect(lmtp_sink) as client:
        assert client.ehlo()[0] == 500
        assert client.helo()[0] == 500


def test_smtp_refuses_lhlo(sink):
    with connect(sink, smtplib.LMTP) as client:
        assert client.docmd("LHLO", "client.example")[0] == 500
        assert client.docmd("EHLO", "client.example")[0] == 250


def test_side_commands(sink):
    with connect(sink) as client:
        client.ehlo()
        assert client.noop()[0] == 250
        assert client.rset()[0] == 250
        assert client.help() != b""
        assert client.docmd("WHAT")[0] == 500
        assert client.mail(SENDER)[0] == 250
        assert client.rset()[0] == 250
        assert client.rcpt(RECIPIENT)[0] == 503
    assert sink.stored_files() == []
