//go:build go1.24

package ehlo

// No call of the library keeps a pointer or calls back: what is passed to it may stay on the stack. Go 1.24 can be
// told so; older ones allocate for the outputs of the parsers.

// #cgo noescape ehlo_go_server_step
// #cgo nocallback ehlo_go_server_step
// #cgo noescape ehlo_go_client_step
// #cgo nocallback ehlo_go_client_step
// #cgo noescape ehlo_client_body
// #cgo nocallback ehlo_client_body
// #cgo noescape ehlo_client_body_copy
// #cgo nocallback ehlo_client_body_copy
// #cgo noescape ehlo_parse_options_init
// #cgo nocallback ehlo_parse_options_init
// #cgo noescape ehlo_command_parse
// #cgo nocallback ehlo_command_parse
// #cgo noescape ehlo_path_parse
// #cgo nocallback ehlo_path_parse
// #cgo noescape ehlo_params_parse
// #cgo nocallback ehlo_params_parse
// #cgo noescape ehlo_command_text_init
// #cgo nocallback ehlo_command_text_init
// #cgo noescape ehlo_command_write
// #cgo nocallback ehlo_command_write
// #cgo noescape ehlo_param_write
// #cgo nocallback ehlo_param_write
// #cgo noescape ehlo_param_value_write
// #cgo nocallback ehlo_param_value_write
// #cgo noescape ehlo_local_part_unquote
// #cgo nocallback ehlo_local_part_unquote
// #cgo noescape ehlo_local_part_quote
// #cgo nocallback ehlo_local_part_quote
// #cgo noescape ehlo_xtext_decode
// #cgo nocallback ehlo_xtext_decode
// #cgo noescape ehlo_xtext_encode
// #cgo nocallback ehlo_xtext_encode
// #cgo noescape ehlo_orcpt_decode
// #cgo nocallback ehlo_orcpt_decode
// #cgo noescape ehlo_base64_decode
// #cgo nocallback ehlo_base64_decode
// #cgo noescape ehlo_base64_encode
// #cgo nocallback ehlo_base64_encode
// #cgo noescape ehlo_auth_plain_parse
// #cgo nocallback ehlo_auth_plain_parse
// #cgo noescape ehlo_auth_plain_write
// #cgo nocallback ehlo_auth_plain_write
// #cgo noescape ehlo_dot_decoder_feed
// #cgo nocallback ehlo_dot_decoder_feed
// #cgo noescape ehlo_reply_parse
// #cgo nocallback ehlo_reply_parse
// #cgo noescape ehlo_reply_line
// #cgo nocallback ehlo_reply_line
// #cgo noescape ehlo_reply_write
// #cgo nocallback ehlo_reply_write
// #cgo noescape ehlo_hello_parse
// #cgo nocallback ehlo_hello_parse
// #cgo noescape ehlo_hello_next
// #cgo nocallback ehlo_hello_next
// #cgo noescape ehlo_hello_has_mechanism
// #cgo nocallback ehlo_hello_has_mechanism
// #cgo noescape ehlo_hello_write
// #cgo nocallback ehlo_hello_write
import "C"
